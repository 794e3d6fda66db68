"""mail.send: mails a second over one session, from outbox rows to the server's acceptance.

Each message is written as a mail (RFC 5322) and handed over as delivery does it. The baseline is
raw smtplib, `sendmail` of one ready mail of the same size over a connection that is kept, to the
same server. Rounds of the two take turns; the figure is the median of their ratios. A second line
takes the messages out of the outbox in SQLite and records every outcome there.
"""

import sys
import tempfile

from _databases import run

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        script = __file__.replace("mail_send", "_send_on")
        run([script, "sqlite", *sys.argv[1:]], f"sqlite:///{home}/market.sqlite3", home)
