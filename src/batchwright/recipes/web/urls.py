"""Addresses of the pages of recipes."""

from django.urls import path

from batchwright.recipes.web import deciding, editing, importing, reading

app_name = "recipes"
_VERSION = "<str:identifier>/versions/<int:number>/"
urlpatterns = [
    path("", reading.RecipesView.as_view(), name="recipes"),
    path("write/", editing.WriteView.as_view(), name="write"),
    path("check/", editing.check, name="check"),
    path("import/", importing.ImportView.as_view(), name="import"),
    path("<str:identifier>/", reading.RecipeView.as_view(), name="recipe"),
    path("<str:identifier>/differences/", reading.DifferencesView.as_view(), name="differences"),
    path("<str:identifier>/begin/", editing.BeginView.as_view(), name="begin"),
    path(_VERSION, reading.VersionView.as_view(), name="version"),
    path(f"{_VERSION}export.<str:form>", reading.export, name="export"),
    path(f"{_VERSION}report/", importing.ReportView.as_view(), name="report"),
    path(f"{_VERSION}edit/", editing.EditView.as_view(), name="edit"),
    path(f"{_VERSION}value/", editing.ValueView.as_view(), name="value"),
    path(f"{_VERSION}step/", editing.StepView.as_view(), name="step"),
    path(f"{_VERSION}justify/", editing.JustifyView.as_view(), name="justify"),
    path(f"{_VERSION}submit/", deciding.SubmitView.as_view(), name="submit"),
    path(f"{_VERSION}approve/", deciding.ApproveView.as_view(), name="approve"),
    path(f"{_VERSION}return/", deciding.ReturnView.as_view(), name="return"),
    path(f"{_VERSION}make-effective/", deciding.MakeEffectiveView.as_view(), name="make-effective"),
    path(f"{_VERSION}withdraw/", deciding.WithdrawView.as_view(), name="withdraw"),
]
