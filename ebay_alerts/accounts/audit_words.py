"""What the audit log tells, in words; pure."""

# By the kind of an event; what it was done to stands in the place of the braces.
_WORDS = {
    "token_created": "API token {} made",
    "token_revoked": "API token {} deleted",
    "address_added": "Address {} added",
    "address_confirmed": "Address {} confirmed",
    "address_deleted": "Address {} deleted",
    "address_change_asked": "Change of your address to {} asked for",
    "address_changed": "Your address changed to {}",
    "secret_rotated": "New secret for {}",
    "account_exported": "Everything exported",
    "signed_in": "Signed in",
    "sign_in_failed": "Sign-in failed: a wrong password",
    "signed_out": "Signed out: {}",
    "password_changed": "Password changed",
    "factor_added": "Second factor set up",
    "factor_removed": "Second factor removed",
    "factor_failed": "A wrong code of the second factor",
    "codes_renewed": "New recovery codes made",
    "code_used": "A recovery code used",
}


def event_words(kind: str, about: str) -> str:
    words = _WORDS.get(kind, kind.replace("_", " ").capitalize())
    return " ".join(words.replace("{}", about).split())
