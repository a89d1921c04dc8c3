"""A Django site with one app, django-oauth-toolkit, in one module. What varies comes by the environment:
SITE_DATABASE (a path), SITE_LIFETIME (seconds), SITE_CLIENTS (JSON, see authlib_server.py).
"""
import json
import os

known = json.loads(os.environ["SITE_CLIENTS"])

SECRET_KEY = "of a site that lives for a minute"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "django_site_urls"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SITE_DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
OAUTH2_PROVIDER = {
    "SCOPES": {scope: scope for scope in known["scopes"]},
    "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ["SITE_LIFETIME"]),
}
