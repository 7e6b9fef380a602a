"""The parts every page is made of, one by one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import SafeString

from batchwright.kernel import clock
from batchwright.site.web import shapes

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def render(text: str, **context: Any) -> SafeString:
    return Template("{% load shell %}" + text).render(Context(context))


class EnrolForm(forms.Form):
    name = forms.CharField(label="Printed name", help_text="As it is printed.")
    email = forms.EmailField(label="E-mail", required=False)
    change = forms.BooleanField(label="Must change the password")
    factor = forms.ChoiceField(label="Factor", widget=forms.RadioSelect, choices=[("p", "Passkey"), ("t", "Code")])


def test_a_state_is_told_by_shape_and_word_and_not_by_colour_alone() -> None:
    drawings = {tone: render("{% chip tone 'x' %}", tone=tone) for tone in ("normal", "yours", "attention", "stop")}
    assert all("<svg" in drawing and 'aria-hidden="true"' in drawing for drawing in drawings.values())
    assert len({drawing.split("<svg")[1].split("</svg>")[0] for drawing in drawings.values()}) == 4


def test_an_unknown_shape_is_a_bug_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        shapes.svg("unheard of")


def test_words_that_came_from_people_are_escaped_in_every_part() -> None:
    evil = "<script>alert(1)</script>"
    shown = render(
        "{% page_head title=t verdict=t %}{% endpage_head %}{% card title=t aside=t %}{{ t }}{% endcard %}"
        "{% notice title=t %}{{ t }}{% endnotice %}{% empty_state title=t %}{{ t }}{% endempty_state %}"
        "{% chip 'off' t %}",
        t=evil,
    )
    assert "<script" not in shown
    assert shown.count("&lt;script") == 10


def test_an_error_stands_beside_its_field_and_is_tied_to_it() -> None:
    form = EnrolForm({"name": ""})
    shown = render("{% field form.name %}", form=form)
    assert "data-invalid" in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="id_name_error"' in shown
    assert "As it is printed." in shown


def test_only_a_field_that_may_stay_empty_says_so() -> None:
    form = EnrolForm()
    assert "(optional)" in render("{% field form.email %}", form=form)
    assert "(optional)" not in render("{% field form.name %}", form=form)
    assert "(optional)" not in render("{% field form.email optional=False %}", form=form)


def test_a_tick_box_stands_before_its_label_and_choices_have_a_legend() -> None:
    form = EnrolForm()
    tick = render("{% field form.change %}", form=form)
    assert tick.index("<input") < tick.index("<label")
    assert "<legend>Factor</legend>" in render("{% field form.factor %}", form=form)


def test_a_column_sorts_by_link_both_ways_and_keeps_the_filter() -> None:
    text = "{% sort_header 'name' 'Name' %}"
    first = render(text, request=RequestFactory().get("/people/?role=qa&page=3"), sorted_by="")
    assert 'href="?role=qa&amp;sort=name"' in first
    assert "aria-sort" not in first
    rising = render(text, request=RequestFactory().get("/people/?sort=name"), sorted_by="name")
    assert 'aria-sort="ascending"' in rising
    assert "sort=-name" in rising
    assert "href" not in render(text, request=RequestFactory().get("/people/")), "a page that sorts nothing"


def test_pages_of_a_list_say_where_one_is() -> None:
    page = Paginator(range(300), 20).get_page(2)
    shown = render("{% pages page things='people' %}", page=page, request=RequestFactory().get("/people/?page=2"))
    assert "21 to 40 of 300" in shown
    assert "?page=3" in shown
    alone = Paginator(range(3), 20).get_page(1)
    assert "rel=" not in render("{% pages page %}", page=alone, request=RequestFactory().get("/"))


def test_a_form_that_writes_carries_a_key_of_its_own_and_the_version_it_was_shown_with() -> None:
    first, second = render("{% write_keys 7 %}"), render("{% write_keys 7 %}")
    assert 'name="expected_version" value="7"' in first
    assert first != second
    assert "expected_version" not in render("{% write_keys %}")


def test_times_are_elements_that_machines_read_and_people_understand() -> None:
    assert 'datetime="2026-11-22T12:00:00Z"' in render("{{ at|site_time }}", at=NOON)
    assert "\N{EN DASH}" in render("{{ at|site_time }}", at=None)
    assert ">12:00<" in render("{{ at|site_time:'clock' }}", at=NOON)
    assert "12:00:00" in render("{{ at|site_time:'seconds' }}", at=clock.iso(NOON))
    with clock.frozen(NOON):
        assert ">in 2 h<" in render("{{ at|from_now }}", at=NOON + timedelta(hours=2))
        assert render("{{ at|plain_from_now }}|{{ on|day_name }}", at=NOON, on=NOON.date()) == (
            "just now|Today, 2026-11-22"
        )
    assert render("{{ at|site_date }} {{ none|site_date }}", at=NOON, none=None) == "2026-11-22 \N{EN DASH}"
    assert render("{{ none|from_now }}", none=None) == ""


def test_roles_and_meanings_are_named_as_people_call_them() -> None:
    assert render("{{ 'qa'|role_name }}, {{ 'site'|role_name }}") == "Quality assurance, site"
    assert render("{{ 'approved'|meaning_name }}, {{ 'odd'|meaning_name }}") == "Approved by, odd"


def test_a_table_of_lookups_gives_nothing_where_nothing_is() -> None:
    assert render("{{ table|at_key:'a' }} {{ table|at_key:'b' }}", table={"a": 1}) == "1 None"
