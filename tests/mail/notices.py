"""Notices as mail servers and providers send them."""

ORIGINAL = "From: alerts@example.org\nTo: {to}\nMessage-ID: {message_id}\nSubject: 3 new for wine\n"


def dsn(
    message_id: str,
    status: str = "5.1.1",
    action: str = "failed",
    diagnostic: str = "smtp; 550 5.1.1 <ann@example.org>: no such user",
    to: str = "ann@example.org",
    returned: str = "text/rfc822-headers",
) -> bytes:
    """As Postfix writes it (RFC 3464 in a report by RFC 6522)."""
    original = ORIGINAL.format(to=to, message_id=message_id)
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: alerts@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Wed, 1 May 2030 12:00:00 +0000 (UTC)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: {diagnostic}

--=_b
Content-Type: {returned}

{original}
--=_b--
""".encode()


def arf(message_id: str, kind: str = "abuse", to: str = "[REDACTED]") -> bytes:
    """As providers write it (RFC 5965, appendix B.2), the address blacked out."""
    original = ORIGINAL.format(to=to, message_id=message_id)
    return f"""\
From: feedback@provider.example
To: alerts@example.org
Subject: FW: 3 new for wine
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_b"

--=_b
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--=_b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <alerts@example.org>

--=_b
Content-Type: message/rfc822
Content-Disposition: inline

{original}
See all

--=_b--
""".encode()
