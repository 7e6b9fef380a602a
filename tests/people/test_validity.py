"""Whether a signature holds is derived from the record."""

import pytest

from batchwright import record
from batchwright.people import signing
from batchwright.people.models import Signature
from batchwright.people.validity import signature_status
from tests.people.desk import Desk, Edited, Reviewed
from tests.people.plant import ADDRESS


@pytest.mark.requirement("11.70")
def test_an_edit_after_signing_voids_the_signature_and_says_who_changed_what(desk: Desk) -> None:
    desk.sign(desk.prepare(), desk.password())
    signature = Signature.objects.get()
    assert signature_status(signature).sentence() == "valid"
    edit = desk.edit(name="Alpha Pharma GmbH")
    status = signature_status(signature)
    assert not status.valid
    assert (status.void_seq, status.void_by, status.fields) == (edit.seq, "Supervisor", ("name",))
    assert f"void since entry #{edit.seq}" in status.sentence()


@pytest.mark.requirement("11.70")
def test_what_the_signed_act_itself_changes_voids_nothing(desk: Desk) -> None:
    prepared = desk.prepare()
    with signing.signed_entry(
        Reviewed(), actor=desk.plant.actor("qa"), row=desk.row, name=prepared.name, given=desk.password(),
        session=desk.session, address=ADDRESS, meaning="reviewed", shown=lambda _row: prepared.statement.shown,
    ) as entry:  # fmt: skip
        entry.update(desk.row, name="Alpha Pharma SE")
    assert signature_status(Signature.objects.get()).valid
    desk.edit(name="Alpha Pharma AG")
    assert not signature_status(Signature.objects.get()).valid


@pytest.mark.requirement("11.70")
def test_a_signature_row_without_its_proof_is_void(desk: Desk) -> None:
    desk.sign(desk.prepare(), desk.password())
    real = Signature.objects.get()
    forged = Signature(
        **{
            field.attname: getattr(real, field.attname)
            for field in Signature._meta.concrete_fields
            if field.attname not in ("id", "version", "statement_sha256")
        },
        statement_sha256="0" * 64,
    )
    for subject, name in ((desk.row, "qa"), (desk.row, "supervisor"), ("sponsor/OTHER", "qa")):
        forged.pk, forged.statement_sha256 = None, f"{len(Signature.objects.all())}" * 64
        with record.entry(Edited(), actor=desk.plant.actor(name), subject=subject) as entry:
            entry.create(forged)
        status = signature_status(Signature.objects.get(pk=forged.pk))
        assert not status.valid
        assert status.sentence() == "void: the record holds no proof of it"
    assert not signature_status(Signature(id=999, signed_table="x")).valid


def test_a_signature_on_a_table_that_is_gone_says_so(desk: Desk) -> None:
    desk.sign(desk.prepare(), desk.password())
    signature = Signature.objects.get()
    signature.signed_table = "gone"
    with pytest.raises(LookupError, match="gone"):
        signature_status(signature)
