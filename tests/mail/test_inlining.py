"""Style sheets into a template's source."""

import re

import pytest
from jinja2 import Environment, TemplateSyntaxError

from ebay_alerts.mail.inlining import FRAME_CSS, inline_styles

CSS = """
:root { --green: #0d6b35 }
td { padding: 4px }
.price { color: var(--green); font-family: 'Segoe UI', sans-serif }
.tag { margin: 0 } .tag.fall { margin: 1px }
p { margin: 2px }
body { color: red }
"""


def inlined(source: str) -> str:
    return inline_styles(source, CSS)


def rendered(source: str, **context: object) -> str:
    return Environment(autoescape=True).from_string(inlined(source)).render(context)


def test_an_element_gets_the_style_of_its_tag_and_classes() -> None:
    assert inlined("<p>a</p>") == '<p style="margin: 2px">a</p>'
    assert inlined('<b class="tag fall">a</b>') == '<b style="margin: 1px" class="tag fall">a</b>'
    assert inlined('<body class="x">') == '<body style="color: red" class="x">'
    assert inlined("<div>a</div>") == "<div>a</div>"


def test_loops_in_tables_repeat_whole_rows() -> None:
    source = (
        "<table>{% for n in numbers %}<tr>{% if n > 1 %}<td class='price'>{{ n }}</td>"
        "{% else %}<td>none</td>{% endif %}</tr>{% endfor %}</table>"
    )

    html = rendered(source, numbers=[1, 2, 3])

    assert html.count("<tr>") == html.count("</tr>") == 3
    assert html.count("padding: 4px") == 3
    assert html.count("#0d6b35") == 2
    assert re.sub(r' style="[^"]*"', "", html) == Environment(autoescape=True).from_string(
        source
    ).render(numbers=[1, 2, 3])


def test_everything_but_the_styles_is_left_byte_for_byte() -> None:
    source = (
        '{% load x %}<!-- <p class="price"> --><p'
        '\n title="{{ a|default:"<b>" }}" >&nbsp;&#847;&copy;'
        '<a href="{% url "x" y=">" %}?a=1&b=2">&lt;</A><br/><td>{# <p> #}'
        "<!--[if mso]><table><tr><td><![endif]--><style>p > a { margin: 0 }</style></p>"
    )

    assert re.sub(r' style="[^"]*"', "", inlined(source)) == source
    assert inlined(source).count(" style=") == 2


def test_an_elements_own_style_stays_and_wins() -> None:
    html = rendered('<p style="width: {{ width }}%">a</p>', width=40)

    assert html == '<p style="margin: 2px;width: 40%">a</p>'


def test_quotes_in_a_style_do_not_end_the_attribute() -> None:
    assert 'style="color: #0d6b35;font-family: &#x27;Segoe UI&#x27;' in inlined('<i class="price">')


def test_a_class_that_hangs_on_a_value_is_refused_with_the_place() -> None:
    with pytest.raises(TemplateSyntaxError, match="if fell"):
        inlined('<i class="tag {% if fell %}fall{% endif %}">')


def test_the_frames_style_sheet_looks_at_one_element_at_a_time() -> None:
    css = re.sub(r"/\*.*?\*/|{[^}]*}", ",", FRAME_CSS.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = [selector.strip() for selector in css.split(",") if selector.strip()]

    assert len(selectors) > 20
    for selector in selectors:
        assert re.fullmatch(r":root|[a-z0-9]*(\.[a-z-]+)*", selector), selector
