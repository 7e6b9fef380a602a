"""Who may do what: the roles of a plant, every action people can ask for, and the one table that joins them.

Pure. The table is the default with which a plant starts (`batchwright.people.services` writes it into the record at the
first start); from then on the plant's own grants, themselves recorded, decide. Deny by default: an action or a role
that is not named here is refused. Source: 21 CFR 11.10(d) and (g); EU GMP Annex 11, clause 12.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batchwright.kernel.errors import DomainError

Text = str | Promise


class Refused(DomainError):
    """The actor may not do this; the message says what, in which role, and who may."""


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """One role of the plant.

    Attributes:
        code: Its name in the record, never renamed.
        name: What people call it.
        description: What it is for.
        gmp: Whether it takes part in manufacture and decisions on it; the administrator does not.
        read_only: Whether it changes nothing but its own account.
        expires: Whether an assignment must name its last day.
        staff: Whether the plant's own people can hold it.
        sponsors: Whether a sponsor's people can hold it.
    """

    code: str
    name: Text
    description: Text
    gmp: bool = True
    read_only: bool = False
    expires: bool = False
    staff: bool = True
    sponsors: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be asked for.

    Attributes:
        code: ``noun.verb``, as code asks for it.
        description: What it is, for the printed table.
        roles: The roles that hold it by default.
        gmp: Whether it touches manufacture or decisions on it, so that no administrator ever holds it.
        changes: Whether it changes anything beyond one's own account, so that no read-only role ever holds it.
    """

    code: str
    description: Text
    roles: frozenset[str]
    gmp: bool = False
    changes: bool = True


ROLES: Final[tuple[RoleDefinition, ...]] = (
    RoleDefinition("operator", _("Operator"), _("Performs steps on the floor.")),
    RoleDefinition("supervisor", _("Supervisor"), _("Leads a shift, checks steps, assesses competence.")),
    RoleDefinition("analyst", _("Analyst"), _("Tests samples in the laboratory.")),
    RoleDefinition("process_engineer", _("Process engineer"), _("Writes recipes, models and limits.")),
    RoleDefinition("planner", _("Planner"), _("Schedules batches and materials.")),
    RoleDefinition("qa", _("Quality assurance"), _("Approves documents, people and exceptions.")),
    RoleDefinition("qualified_person", _("Qualified Person"), _("Certifies batches (EU GMP Annex 16).")),
    RoleDefinition(
        "sponsor", _("Sponsor"), _("Sees the own company's products."),
        read_only=True, staff=False, sponsors=True,
    ),
    RoleDefinition(
        "inspector", _("Inspector"), _("Reads everything for the time of an inspection."),
        read_only=True, expires=True, sponsors=True,
    ),
    RoleDefinition("administrator", _("Administrator"), _("Runs the system; has no part in manufacture."), gmp=False),
)  # fmt: skip
ROLE_CODES: Final = tuple(role.code for role in ROLES)

_EVERYBODY = frozenset(ROLE_CODES)
_STAFF = _EVERYBODY - {"sponsor"}
_MAKERS = frozenset({"operator", "supervisor", "analyst", "process_engineer", "planner", "qa", "qualified_person"})
_CHECKERS = frozenset({"supervisor", "qa", "qualified_person"})
_QUALITY = frozenset({"qa", "qualified_person"})
_KEEPERS = frozenset({"administrator", "qa"})
_FLOOR = frozenset({"operator", "supervisor"})
_WAREHOUSE = _FLOOR | {"planner"}
_DEFINERS = _QUALITY | {"process_engineer"}


def _read(code: str, description: Text, roles: frozenset[str]) -> Action:
    return Action(code, description, roles, changes=False)


def _sign(meaning: str, description: Text, roles: frozenset[str]) -> Action:
    return Action(f"sign.{meaning}", description, roles, gmp=True)


ACTIONS: Final[tuple[Action, ...]] = (
    _read("account.use", _("Change the own password and passkeys, accept the statement"), _EVERYBODY),
    _read("record.read", _("Read the record"), _EVERYBODY),
    _read("record.export", _("Export a subject with its proofs"), _EVERYBODY),
    _read("record.verify", _("Verify the record"), _STAFF),
    Action("record.checkpoint", _("Sign a checkpoint of the record now"), _KEEPERS),
    Action("record.rotate_key", _("Change the site key"), _KEEPERS),
    _read("site.watch", _("See how the plant's system does"), _KEEPERS),
    _read("user.read", _("See people and their roles"), _EVERYBODY),
    _read("role.read", _("See the table of roles and actions"), _EVERYBODY),
    Action("user.enrol", _("Enrol a person or a sponsor"), _KEEPERS),
    Action("user.change", _("Correct a person's name or e-mail address"), _KEEPERS),
    Action("user.disable", _("Disable or enable a log-in"), _KEEPERS),
    Action("user.unlock", _("Unlock a log-in after failed attempts"), _KEEPERS),
    Action("user.reset", _("Reset a password or remove a second factor"), _KEEPERS),
    Action("role.assign", _("Assign or withdraw a role"), _KEEPERS),
    Action("role.grant", _("Change the table of roles and actions"), _KEEPERS),
    _read("training.read", _("See training records"), _STAFF),
    Action("training.define", _("Define a qualification and its document"), _QUALITY, gmp=True),
    Action("training.plan", _("Assign a training to a person"), _CHECKERS, gmp=True),
    # plant
    _read("plant.read", _("See units, instruments and logbooks"), _STAFF),
    Action("plant.define", _("Define equipment, what it offers and how it is cleaned"), _DEFINERS, gmp=True),
    Action("unit.use", _("Begin and end the use of a unit, open and close a campaign"), _FLOOR, gmp=True),
    Action("unit.clean", _("Clean a unit and clear a line"), _FLOOR, gmp=True),
    Action("unit.verify", _("Verify another person's cleaning or line clearance"), _FLOOR | {"qa"}, gmp=True),
    Action("unit.hold", _("Hold a unit"), _MAKERS, gmp=True),
    Action("unit.free", _("Free a held unit"), _QUALITY, gmp=True),
    Action("unit.service", _("Take a unit out of service and return it"), _CHECKERS | {"process_engineer"}, gmp=True),
    Action("unit.qualify", _("Approve the qualification of a unit"), _QUALITY, gmp=True),
    Action("instrument.define", _("Add, change and retire an instrument"), _DEFINERS, gmp=True),
    Action("instrument.calibrate", _("Calibrate an instrument"), _MAKERS, gmp=True),
    Action("instrument.approve", _("Approve another person's calibration"), _QUALITY, gmp=True),
    Action("instrument.check", _("Check a scale with its check weights"), _FLOOR | {"analyst"}, gmp=True),
    Action("instrument.read", _("Take a reading into the record"), _FLOOR | {"analyst"}, gmp=True),
    Action("instrument.hold", _("Hold an instrument"), _MAKERS, gmp=True),
    Action("instrument.free", _("Free a held instrument"), _CHECKERS, gmp=True),
    # materials
    _read("lot.read", _("See materials, lots, stock and genealogy"), _EVERYBODY),
    Action(
        "material.define", _("Define materials, suppliers and locations"), _DEFINERS, gmp=True
    ),
    Action("supplier.decide", _("Approve a supplier or withdraw the approval"), _QUALITY, gmp=True),
    Action("material.import", _("Take materials and lots over from another system"), _QUALITY, gmp=True),
    Action("lot.receive", _("Receive a lot"), _WAREHOUSE, gmp=True),
    Action("lot.make", _("Begin a lot that is made here and fill it"), _FLOOR, gmp=True),
    Action("lot.hold", _("Put a lot or a container on hold"), _MAKERS, gmp=True),
    Action("lot.decide", _("Decide on a lot: status, retest, end of a hold"), _QUALITY, gmp=True),
    Action("lot.certify", _("Enter the potency of a lot from its certificate"), _QUALITY | {"analyst"}, gmp=True),
    Action("lot.convert", _("Split, merge and rework lots"), _CHECKERS, gmp=True),
    Action("stock.move", _("Move and divide containers"), _WAREHOUSE, gmp=True),
    Action("stock.allocate", _("Allocate material"), _WAREHOUSE, gmp=True),
    Action("stock.consume", _("Use material to make a lot"), _FLOOR, gmp=True),
    Action("stock.sample", _("Take a sample"), _FLOOR | {"analyst", "qa"}, gmp=True),
    Action("stock.count", _("Reconcile a container with a count"), _CHECKERS, gmp=True),
    Action("stock.ship", _("Send material out of the plant"), _WAREHOUSE, gmp=True),
    Action("stock.destroy", _("Destroy material"), _CHECKERS, gmp=True),
    # recipes
    _read("recipe.read", _("See recipes"), _EVERYBODY),
    Action("recipe.author", _("Write and repair recipes"), frozenset({"process_engineer"}), gmp=True),
    Action("recipe.submit", _("Submit a recipe that one prepared"), frozenset({"process_engineer"}), gmp=True),
    Action("recipe.import", _("Take recipes over from another system"), _QUALITY | {"process_engineer"}, gmp=True),
    Action("recipe.approve", _("Check a recipe independently and approve or return it"), _QUALITY, gmp=True),
    Action("recipe.make_effective", _("Make an approved recipe effective, withdraw a recipe"), _QUALITY, gmp=True),
    # execution
    _read("batch.read", _("See batches and their records"), _EVERYBODY),
    Action("batch.plan", _("Make a batch from an effective recipe"), frozenset({"planner", "supervisor"}), gmp=True),
    Action("batch.command", _("Start, restart, stop and abort a batch"), _FLOOR, gmp=True),
    Action("batch.hold", _("Hold and pause a batch"), _MAKERS, gmp=True),
    Action("batch.go_on", _("Let a batch go on where time or equipment lets it"), _MAKERS, gmp=True),
    Action("batch.redline", _("Change the running recipe of one batch"), frozenset({"supervisor", "process_engineer"}),
           gmp=True),
    Action("batch.review", _("Judge and review the record of a batch"), _QUALITY, gmp=True),
    Action("step.perform", _("Perform steps of a batch"), _MAKERS, gmp=True),
    Action("step.verify", _("Check as the second person what another performed"), _MAKERS, gmp=True),
    Action("exception.raise", _("Raise an exception"), _MAKERS, gmp=True),
    Action("exception.assess", _("Write cause and impact of an exception"), _CHECKERS | {"process_engineer"}, gmp=True),
    _sign("read_and_understood", _("Sign a training as read and understood"), _MAKERS),
    _sign("assessed_competent", _("Sign a person's competence as assessed"), _CHECKERS),
    _sign("performed", _("Sign a step as performed"), _MAKERS),
    _sign("verified", _("Sign another person's step as verified"), _MAKERS),
    _sign("authored", _("Sign a document as author"), _MAKERS),
    _sign("reviewed", _("Sign a record as reviewed"), _CHECKERS | {"process_engineer", "analyst"}),
    _sign("approved", _("Sign a record as approved"), _QUALITY),
    _sign("rejected", _("Sign a record as rejected"), _QUALITY),
    _sign("released", _("Certify and release a batch"), frozenset({"qualified_person"})),
)
ACTION_CODES: Final = tuple(action.code for action in ACTIONS)

MATRIX: Final[Mapping[str, frozenset[str]]] = MappingProxyType({action.code: action.roles for action in ACTIONS})
"""Action to the roles that hold it by default."""

MACHINES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        # Start-up and the demo: what a plant cannot do through a person before the first person exists.
        "site": frozenset({"user.enrol", "role.assign", "role.grant", "user.read", "role.read", "record.read"}),
        # Somebody with a shell on the server, named in the record; the way to the first administrator and back in.
        "console": frozenset(
            {
                "user.read", "user.enrol", "user.disable", "user.unlock", "user.reset", "role.assign", "role.read",
                "record.read", "record.verify", "record.export", "training.read",
                "plant.read", "plant.define", "unit.hold", "instrument.calibrate", "instrument.check",
                "instrument.read", "lot.read", "lot.certify", "lot.make", "lot.convert", "material.import",
                "stock.allocate", "stock.move", "stock.sample", "stock.count", "recipe.read", "recipe.author",
                "recipe.import", "recipe.make_effective", "batch.read", "batch.go_on",
            }
        ),
        # What watches the clock and the modules; its values stand in the record as a machine's.
        "machine": frozenset({"batch.read", "batch.go_on", "batch.hold", "step.perform"}),
    }
)  # fmt: skip
"""Pseudo-roles of processes; nobody can be assigned to them and none of them signs."""


def role(code: str) -> RoleDefinition:
    """Look a role up.

    Args:
        code: Its code.

    Returns:
        The role.

    Raises:
        Refused: If there is no such role.
    """
    for definition in ROLES:
        if definition.code == code:
            return definition
    raise Refused(
        gettext("There is no such role"),
        value=code,
        limit=gettext(", ").join(ROLE_CODES),
        remedy=gettext("Choose one of these."),
    )


def action(code: str) -> Action:
    """Look an action up.

    Args:
        code: Its code.

    Returns:
        The action.

    Raises:
        Refused: If there is no such action; what is not named in the table is denied.
    """
    for definition in ACTIONS:
        if definition.code == code:
            return definition
    raise Refused(
        gettext("There is no such action, so nobody may do it"),
        value=code,
        remedy=gettext("Name it in the table first."),
    )


def grantable(role_code: str, action_code: str) -> None:
    """Check that a role can ever hold an action, whatever a plant decides.

    Args:
        role_code: The role.
        action_code: The action.

    Raises:
        Refused: If either is unknown, a role outside GMP would touch manufacture (segregation of duties), or a
            read-only role would change something.
    """
    holder, held = role(role_code), action(action_code)
    if held.gmp and not holder.gmp:
        raise Refused(
            gettext("A role without part in manufacture cannot hold this action"),
            value=f"{role_code}: {action_code}", limit=gettext("GMP roles"), remedy=gettext("Grant it to a GMP role."),
        )  # fmt: skip
    if held.changes and holder.read_only:
        raise Refused(
            gettext("A role that only reads cannot hold this action"),
            value=f"{role_code}: {action_code}", limit=gettext("roles that may change records"),
            remedy=gettext("Grant it to another role."),
        )  # fmt: skip


def holds(matrix: Mapping[str, frozenset[str]], role_code: str, action_code: str) -> bool:
    """Answer whether a role holds an action.

    Args:
        matrix: Action to roles, the default or a plant's own.
        role_code: The role of a person, or the pseudo-role of a process.
        action_code: The action.

    Returns:
        True only where both are known and joined; unknown ones are denied.
    """
    if role_code in MACHINES:
        return action_code in MACHINES[role_code]
    return action_code in ACTION_CODES and role_code in ROLE_CODES and role_code in matrix.get(action_code, frozenset())
