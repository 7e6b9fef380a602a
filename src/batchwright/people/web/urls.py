"""Addresses of people's pages, and the few of allauth's that the plant uses: nobody signs up or resets by e-mail."""

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.urls import include, path

from batchwright.people.web import account, entrance, training, views

_people = [
    path("people/", views.PeopleView.as_view(), name="people"),
    path("people/enrol/", views.EnrolView.as_view(), name="enrol"),
    path("people/roles/", views.RolesView.as_view(), name="roles"),
    path("people/sponsors/", views.SponsorsView.as_view(), name="sponsors"),
    path("people/sponsors/enrol/", views.SponsorEnrolView.as_view(), name="sponsor-enrol"),
    path("people/assignments/<int:key>/withdraw/", views.WithdrawView.as_view(), name="withdraw"),
    path("people/person/<str:username>/", views.PersonView.as_view(), name="person"),
    path("people/person/<str:username>/change/", views.ChangeView.as_view(), name="change"),
    path("people/person/<str:username>/disable/", views.DisableView.as_view(), name="disable"),
    path("people/person/<str:username>/enable/", views.EnableView.as_view(), name="enable"),
    path("people/person/<str:username>/unlock/", views.UnlockView.as_view(), name="unlock"),
    path("people/person/<str:username>/reset/", views.ResetView.as_view(), name="reset"),
    path("people/person/<str:username>/remove-codes/", views.RemoveCodesView.as_view(), name="remove-codes"),
    path("people/person/<str:username>/assign/", views.AssignView.as_view(), name="assign"),
    path(
        "people/person/<str:username>/passkeys/<int:key>/revoke/",
        views.RevokePasskeyView.as_view(),
        name="revoke-passkey",
    ),
    path("training/", training.TrainingView.as_view(), name="training"),
    path("training/plan/", training.PlanView.as_view(), name="training-plan"),
    path("training/define/", training.DefineView.as_view(), name="qualification-define"),
    path("training/qualifications/<str:code>/", training.QualificationView.as_view(), name="qualification"),
    path("training/qualifications/<str:code>/issue/", training.IssueView.as_view(), name="edition-issue"),
    path("training/records/<int:key>/", training.TrainingRecordView.as_view(), name="training-record"),
    path("training/records/<int:key>/correct/", training.CorrectView.as_view(), name="training-correct"),
    path("training/records/<int:key>/sign/<str:meaning>/", training.TrainingSignView.as_view(), name="training-sign"),
    path("account/", account.AccountView.as_view(), name="account"),
    path("account/act-as/", account.act_as, name="act_as"),
    path("account/password/", account.PasswordView.as_view(), name="password"),
    path("account/statement/", account.StatementView.as_view(), name="statement"),
    path("account/codes/", account.CodesView.as_view(), name="codes"),
    path("account/codes/remove/", account.CodesRemoveView.as_view(), name="codes-remove"),
    path("account/passkeys/enrol/", account.PasskeyAddView.as_view(), name="passkey-enrol"),
    path("account/passkeys/<int:key>/revoke/", account.PasskeyRevokeView.as_view(), name="passkey-revoke"),
    path("account/sessions/<int:key>/end/", account.end_session, name="session-end"),
]

urlpatterns = [
    path("accounts/login/", entrance.SignInView.as_view(), name="account_login"),
    path("accounts/logout/", login_not_required(entrance.SignOutView.as_view()), name="account_logout"),
    path("accounts/second-factor/", entrance.SecondFactorView.as_view(), name="mfa_authenticate"),
    path("accounts/passkey/", entrance.PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path("accounts/company/<str:provider_id>/", openid_connect.login, name="openid_connect_login"),
    path("accounts/company/<str:provider_id>/callback/", openid_connect.callback, name="openid_connect_callback"),
    path("", include((_people, "people"))),
]
