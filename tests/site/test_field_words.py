"""What is wrong with a field is said with value, limit and remedy, whatever kind of field it is."""

import re
from typing import Any

import pytest
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.template import Context, Template
from django.test import RequestFactory

from batchwright.materials.models import Definition
from batchwright.materials.web.forms import AmountForm, counted_in


class Everything(forms.Form):
    """One field of each kind."""

    reason = forms.CharField(label="Reason", max_length=10, min_length=3)
    on = forms.DateField(label="Made on")
    at = forms.DateTimeField(label="Taken at", required=False)
    many = forms.IntegerField(label="How many", validators=[MinValueValidator(1), MaxValueValidator(9)])
    share = forms.DecimalField(label="Share", max_digits=4, decimal_places=1)
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(label="Role", choices=[("qa", "Quality assurance")])
    how = forms.ChoiceField(label="How", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="It is clean")
    file = forms.FileField(label="Certificate")
    code = forms.CharField(label="Code", required=False, validators=[RegexValidator(r"^[A-Z]+$")])
    own = forms.CharField(label="Own", required=False, validators=[RegexValidator("^x", "It begins with x.")])
    secret = forms.CharField(label="Password", required=False, min_length=8, widget=forms.PasswordInput)
    key = forms.CharField(label="Key", widget=forms.HiddenInput)


def shown(form: forms.Form) -> str:
    page = Template(
        "{% load shell %}{% form_errors form %}{% for part in form.visible_fields %}{% field part %}{% endfor %}"
    )
    return page.render(Context({"form": form, "request": RequestFactory().get("/")}))


def beside(page: str, name: str) -> str:
    """What stands beside a field."""
    found = re.search(rf'id="id_{name}_error">(.*?)</div>', page, re.DOTALL)
    assert found, name
    return " ".join(re.findall(r"<span>(.*?)</span>", found[1]))


def sent(**entered: str) -> str:
    return shown(Everything(entered))


def test_what_is_missing_is_asked_for_in_the_words_of_its_kind() -> None:
    page = sent()
    said = {
        "reason": "nothing is recorded without it. Fill it in.", "on": "Enter year, month and day, such as 2",
        "many": "Enter digits alone, such as 12.", "share": "Enter digits with a point, such as 12.5.",
        "role": "Choose from the list.", "how": "Choose from the list.", "sure": "Tick it if it is so",
        "file": "No file is chosen, and one is needed. Choose one.",
    }  # fmt: skip
    for name, words in said.items():
        assert words in beside(page, name), name
    assert "This field is required" not in page


@pytest.mark.parametrize(
    ("name", "entered", "said"),
    [
        ("reason", "x" * 14, "It is too long: 14 characters (limit: at most 10). Shorten it by 4."),
        ("reason", "x", "It is too short: 1 characters (limit: at least 3)."),
        ("on", "31.2.2026", "This is no day: 31.2.2026. Enter year, month and day"),
        ("at", "noon", "This is no time: noon. Enter day and time, such as 2"),
        ("many", "12", "It is too high: 12 (limit: at most 9)."),
        ("many", "0", "It is too low: 0 (limit: at least 1)."),
        ("many", "a few", "This is no number: a few. Enter digits alone, such as 12."),
        ("share", "1,5", "This is no number: 1,5. Enter digits with a point, such as 12.5."),
        ("share", "1.55", "It has too many digits: 1.55 (limit: at most 1)."),
        ("email", "nowhere", "This is no e-mail address: nowhere."),
        ("role", "king", "It is not, or no longer, on the list: king. Choose again;"),
        ("code", "abc", "It is not written as it has to be: abc."),
        ("own", "abc", "It begins with x."),
    ],
)
def test_what_is_wrong_is_said_with_value_limit_and_remedy(name: str, entered: str, said: str) -> None:
    assert said in beside(sent(**{name: entered}), name)


def test_what_was_entered_is_shown_as_text_shortened_and_never_if_it_is_secret() -> None:
    assert "&lt;script&gt;" in beside(sent(email="<script>"), "email")
    assert "<script>" not in sent(email="<script>")
    assert len(beside(sent(on="9" * 5000), "on")) < 300
    assert "hunter2" not in sent(secret="hunter2")


def test_a_summary_leads_to_each_field_and_the_first_wrong_one_has_the_focus() -> None:
    page = sent(reason="done", on="2026-11-20")
    assert "8 fields are not right yet; nothing was recorded" in page
    for anchor in re.findall(r'<a href="#([^"]*)"', page):
        assert f'id="{anchor}"' in page, anchor
    assert '<a href="#id_how_0">How</a>' in page
    assert "<li>Key: It is empty" in page, "what is wrong with a hidden field is not passed over in silence"
    focused = re.findall(r"<(?:input|select|textarea)[^>]*autofocus[^>]*>", page)
    assert [re.findall(r'name="(\w+)"', one) for one in focused] == [["many"]]
    assert "autofocus" not in shown(Everything())


@pytest.mark.parametrize(
    ("entered", "meant"),
    [("25", "25 {vials}"), (" 2.50 ", "2.50 {vials}"), ("3 vials", "3 {vials}"), ("2 kg", "2 kg")],
)
def test_a_number_alone_counts_in_the_unit_of_the_material(entered: str, meant: str) -> None:
    form: Any = counted_in(AmountForm({"amount": entered}), "{vials}")
    assert form.is_valid()
    assert form.cleaned_data["amount"].unit == meant.split()[1]
    assert str(form.cleaned_data["amount"].value) == meant.split(maxsplit=1)[0]
    assert "In vials" in form.fields["amount"].help_text


class Where(forms.Form):
    """Choices of rows, of which none is chosen yet."""

    here = forms.ModelChoiceField(Definition.objects.none(), label="Here")
    there = forms.ModelChoiceField(Definition.objects.none(), label="There", required=False)
    own = forms.ModelChoiceField(Definition.objects.none(), label="Own", required=False, empty_label="as before")


def test_what_is_not_chosen_yet_is_no_row_of_hyphens() -> None:
    page = shown(Where())
    assert re.findall(r'<option value="" selected>(.*?)</option>', page) == ["choose", "\N{EN DASH}", "as before"]
