"""What joins people's rules to django-allauth, to browsers' passkeys and to identity providers."""
