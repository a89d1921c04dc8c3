"""Makes the site's database and registers its clients."""
import json
import os

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "django_site"
django.setup()
call_command("migrate", verbosity=0)

from oauth2_provider.models import Application  # noqa: E402  # needs the setup above

for client_id, secret in json.loads(os.environ["SITE_CLIENTS"])["clients"].items():
    Application.objects.create(
        client_id=client_id,
        client_secret=secret,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
