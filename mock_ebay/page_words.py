"""The templates of the pages; whoever fills them escapes what comes from outside."""

from string import Template

FRAME = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; --wash: #f4f6f9; --line: #dde2ea;
  --muted: #5a6675; --accent: #1f5fbf; --notice: #fff6dc; --notice-ink: #5b4300 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf2; --paper: #12161c; --wash: #1a2028;
  --line: #2c3540; --muted: #9aa7b6; --accent: #86b4ff; --notice: #3a3014; --notice-ink: #f4e2ad } }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper) }
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 48px }
a { color: var(--accent) }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 8px }
h2 { font-size: 1.25rem; margin: 32px 0 16px }
.notice { background: var(--notice); color: var(--notice-ink); padding: 8px 16px;
  text-align: center; font-size: .9rem }
.quiet { color: var(--muted); font-size: .8rem }
.cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)) }
.card { display: flex; flex-direction: column; gap: 4px; text-decoration: none; color: inherit }
.card .name { font-size: .9rem; line-height: 1.35; overflow-wrap: anywhere }
.card:hover .name { text-decoration: underline }
img, .none { width: 100%; height: auto; aspect-ratio: 1; border-radius: 8px; display: block;
  background: var(--wash) }
.none { display: grid; place-items: center; color: var(--muted); font-size: .8rem }
.price { font-weight: 600; font-variant-numeric: tabular-nums }
.one { display: grid; gap: 24px; grid-template-columns: minmax(0, 400px) 1fr }
.one .price { font-size: 1.25rem }
@media (max-width: 640px) { .one { grid-template-columns: 1fr } }
.ended { border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 16px 0 }
dt { color: var(--muted) }
dd { margin: 0; overflow-wrap: anywhere }
</style>
<header class="notice">This is an imitation of eBay for development. Nothing here is real or for
sale, and it has no tie to eBay.</header>
<main>
$body
</main>
</html>
""")

HOME = Template("""<h1>Mock eBay</h1>
<p>A small server that answers like eBay's Browse API, with $count listings of its own making
and $events changes so far.</p>
<p><a href="/products?_page=1&amp;_limit=20">Products</a> &middot;
<a href="/events?after=0&amp;limit=20">Events</a> &middot;
<a href="/control">Control</a></p>
<h2>Newest listings</h2>
<div class="cards">$cards</div>
""")

LISTING = Template("""<p><a href="/">All newest listings</a></p>
<div class="one">
<div>$picture</div>
<div>
<h1>$title</h1>
$ended
<p class="price">$price</p>
<dl>$facts</dl>
</div>
</div>
""")
