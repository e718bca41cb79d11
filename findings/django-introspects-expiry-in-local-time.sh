#!/usr/bin/env bash
# Versions: django-oauth-toolkit 1.7.0 and Django 3.2.25 (Debian 12). Standard: RFC 7662 §2.2 (`exp`: seconds since 1970 in UTC).
# Guess:     the introspection endpoint answers `exp` as the token response promised it: `expires_in` seconds from now.
# Behaviour: with `USE_TZ = False`, the default of Django before 5, `exp` is the local time read as UTC. In Django's own
#            default zone, America/Chicago, an active token of one hour expired five hours ago, and every resource server
#            rejects it; in Asia/Tokyo it lives for ten hours. The endpoint itself answers `active` correctly.
# Output seen: USE_TZ True: active, 1 h; False in UTC: active, 1 h; False in Etc/GMT+6: active, -5 h; False in Asia/Tokyo: active, 10 h
set -euo pipefail
python=/usr/bin/python3
"$python" -c 'import oauth2_provider' 2> /dev/null || {
  echo 'This needs django-oauth-toolkit: apt-get install python3-django-oauth-toolkit'
  exit 2
}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work"
"$python" -c 'import django, oauth2_provider; print("Django", django.__version__, "django-oauth-toolkit", oauth2_provider.__version__)'
cat > site_settings.py <<'PY'
import os

SECRET_KEY = "a secret of this script"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_urls"
USE_TZ = os.environ["SITE_USE_TZ"] == "True"
TIME_ZONE = os.environ["SITE_ZONE"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
OAUTH2_PROVIDER = {"ACCESS_TOKEN_EXPIRE_SECONDS": 3600, "SCOPES": {"introspection": "Introspect"}}
PY
cat > site_urls.py <<'PY'
from django.urls import include, path

urlpatterns = [path("o/", include("oauth2_provider.urls"))]
PY
cat > ask.py <<'PY'
import base64
import os
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
import django

django.setup()
from django.core.management import call_command
from django.test import Client
from oauth2_provider.models import Application

call_command("migrate", verbosity=0)
Application.objects.create(
    client_id="notes",
    client_secret="secret",
    client_type=Application.CLIENT_CONFIDENTIAL,
    authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
)
credentials = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"notes:secret").decode()}
client = Client()
token = client.post("/o/token/", {"grant_type": "client_credentials"}, **credentials).json()
assert token["expires_in"] == 3600
seen = client.post("/o/introspect/", {"token": token["access_token"]}, **credentials).json()
state = "active" if seen["active"] else "inactive"
print(f"{state}, {round((seen['exp'] - time.time()) / 3600)} h", end="")
PY
ask() { SITE_USE_TZ=$1 SITE_ZONE=$2 "$python" ask.py; }
seen="USE_TZ True: $(ask True Asia/Tokyo); False in UTC: $(ask False UTC); False in Etc/GMT+6: $(ask False Etc/GMT+6); False in Asia/Tokyo: $(ask False Asia/Tokyo)"
echo "$seen"
[ "$seen" = 'USE_TZ True: active, 1 h; False in UTC: active, 1 h; False in Etc/GMT+6: active, -5 h; False in Asia/Tokyo: active, 10 h' ] || { echo 'This has changed.'; exit 1; }
