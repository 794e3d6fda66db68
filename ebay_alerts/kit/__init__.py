"""Small pieces that several modules share; no Django, no HTTP."""
