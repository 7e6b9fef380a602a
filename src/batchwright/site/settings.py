"""Django's settings, all derived from the plant's configuration; people set that one, never this file."""

from typing import Any

from batchwright.site.configuration import Configuration
from batchwright.site.configuration_file import load
from batchwright.site.log_lines import logging_settings

CONFIGURATION: Configuration = load()

_ENCRYPTED = CONFIGURATION.public_url.startswith("https://")

DEBUG = CONFIGURATION.debug
SECRET_KEY = CONFIGURATION.settled_secret_key()
ALLOWED_HOSTS = list(dict.fromkeys([CONFIGURATION.public_host, *CONFIGURATION.allowed_hosts]))
if CONFIGURATION.public_host == "localhost":
    ALLOWED_HOSTS += ["127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [CONFIGURATION.public_url]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "batchwright.record",
    "batchwright.people",
    "batchwright.plant",
    "batchwright.materials",
    "batchwright.recipes",
    "batchwright.execution",
    "batchwright.site",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
]

MIDDLEWARE = [
    "batchwright.site.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "batchwright.site.security.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "batchwright.site.readable.ReadableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "batchwright.people.middleware.ActorMiddleware",
    "batchwright.site.web.answers.ErrorPages",
]

ROOT_URLCONF = "batchwright.site.urls"
WSGI_APPLICATION = "batchwright.site.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

FORM_RENDERER = "batchwright.site.quick_forms.QuickForms"

# No framework owns a transaction (law 1): ATOMIC_REQUESTS stays off, the service function opens the entry.
DATABASES: dict[str, dict[str, Any]] = {"default": CONFIGURATION.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if CONFIGURATION.demo:  # before anything that asks the database
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
        "batchwright.site.web.while_made.WhileItIsMade",
    )

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["batchwright.people.adapters.backend.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if CONFIGURATION.demo:  # its passwords are known to everybody
    PASSWORD_HASHERS.insert(0, "batchwright.people.quick_digest.QuickDigest")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

# Accounts are enrolled by an administrator; nobody signs up, and an account is known by its user name (11.100).
ACCOUNT_ADAPTER = "batchwright.people.adapters.accounts.AccountAdapter"
MFA_ADAPTER = "batchwright.people.adapters.accounts.MfaAdapter"
SOCIALACCOUNT_ADAPTER = "batchwright.people.adapters.accounts.IdentityAdapter"
# The lock of a log-in is the plant's own; these keep one place from trying many names.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,20/5m/key"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Who loses the second factor is identified by a person, who removes it: no recovery codes on paper.
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = CONFIGURATION.site_name
# Browsers allow passkeys without TLS on localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _ENCRYPTED
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if CONFIGURATION.oidc is not None:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "plant",
                "name": CONFIGURATION.oidc.name,
                "client_id": CONFIGURATION.oidc.client_id,
                "secret": CONFIGURATION.oidc.client_secret.get_secret_value(),
                "settings": {"server_url": CONFIGURATION.oidc.issuer},
            }
        ],
    }

SESSION_ENGINE = "batchwright.people.adapters.session_store"
SESSION_COOKIE_AGE = CONFIGURATION.session_absolute_minutes * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _ENCRYPTED
CSRF_COOKIE_SAMESITE = "Strict"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _ENCRYPTED else 0
SECURE_SSL_REDIRECT = _ENCRYPTED
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIGURATION.behind_proxy else None

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIGURATION.site_zone

STATIC_URL = "/static/"
STATIC_ROOT = None
# Read from the packages themselves: no collecting step that can be forgotten, and the files are few.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

LOGGING = logging_settings(level=CONFIGURATION.log_level, form=CONFIGURATION.log_format)
LOGGING_CONFIG = "logging.config.dictConfig"
