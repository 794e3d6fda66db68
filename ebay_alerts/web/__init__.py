"""The frame of the site: the API object, status and error pages, templates, static files."""
