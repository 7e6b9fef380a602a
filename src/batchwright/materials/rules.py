# ruff: noqa: S608 - statements are put together from the constants below
"""What the database refuses by itself, on both engines: triggers made from one table of rules.

Check constraints see one row. These rules see the rows beside it: that a movement's two sides are what the containers
hold, that a container holds what its latest movement says, that nothing unusable is promised or used, that no lot is
made from itself. They hold for raw SQL as well, and for a replay of the record.
"""

from batchwright.record import Rule, register_rules

_LAST = "(SELECT max(m.id) FROM materials_movement m WHERE m.{side}_id = {row})"
_OPEN = (
    "(SELECT coalesce(sum(a.amount_e6), 0) FROM materials_allocation a"
    " WHERE a.container_id = {row} AND a.state = 'open')"
)
_UNUSABLE = (
    "(SELECT l.status <> 'approved' OR coalesce(l.expires_on < {day}, {no}) OR coalesce(l.retest_on <= {day}, {no})"
    " FROM materials_lot l WHERE l.id = NEW.lot_id)"
)


def _latest_says(row: str, amount: str) -> str:
    """Whether the latest movement on either side of a container left another amount than is said."""
    origin, target = _LAST.format(side="origin", row=row), _LAST.format(side="target", row=row)
    return (
        f"{amount} <> coalesce((SELECT CASE WHEN m.origin_id = {row} THEN m.origin_after_e6 ELSE m.target_after_e6 END"
        f" FROM materials_movement m WHERE m.id ="
        f" CASE WHEN coalesce({origin}, 0) > coalesce({target}, 0) THEN {origin} ELSE {target} END), 0)"
    )


def _amount(key: str) -> str:
    return f"(SELECT c.amount_e6 FROM materials_container c WHERE c.id = {key})"


def _lot_of(key: str) -> str:
    return f"(SELECT c.lot_id FROM materials_container c WHERE c.id = {key})"


_SIDES = (
    "SELECT 1 FROM materials_container c WHERE c.id IN (NEW.origin_id, NEW.target_id)"
    " ORDER BY c.id FOR NO KEY UPDATE"
)
_LOT = "SELECT 1 FROM materials_lot l WHERE l.id = NEW.lot_id FOR SHARE"
_UNIT_OF = (
    "(SELECT d.unit FROM materials_lot l JOIN materials_definition d ON d.id = l.definition_id"
    " WHERE l.id = NEW.{lot}_id)"
)
_DEPTH_OF = "(SELECT l.depth FROM materials_lot l WHERE l.id = NEW.{lot}_id)"
_NEVER = "1 = 1"
_USED = "NEW.kind IN ('consumption', 'shipment')"

RULES: tuple[Rule, ...] = (
    Rule(
        "materials_movement_add", "materials_movement", "INSERT",
        (
            (
                "an amount leaves a container of another lot",
                f"NEW.origin_id IS NOT NULL AND NEW.lot_id <> {_lot_of('NEW.origin_id')}",
            ),
            (
                "an amount enters a container of another lot",
                f"NEW.target_id IS NOT NULL AND {_lot_of('NEW.target_id')} <>"
                " CASE WHEN NEW.kind = 'conversion' THEN NEW.into_lot_id ELSE NEW.lot_id END",
            ),
            (
                "what remains is not what was there less what left",
                "NEW.origin_id IS NOT NULL AND NEW.origin_after_e6 IS DISTINCT FROM"
                f" {_amount('NEW.origin_id')} - NEW.amount_e6",
            ),
            (
                "what is there is not what was there and what entered",
                "NEW.target_id IS NOT NULL AND NEW.target_after_e6 IS DISTINCT FROM"
                f" {_amount('NEW.target_id')} + NEW.amount_e6",
            ),
            (
                "a container does not hold what its latest movement left",
                f"(NEW.origin_id IS NOT NULL AND {_latest_says('NEW.origin_id', _amount('NEW.origin_id'))})"
                f" OR (NEW.target_id IS NOT NULL AND {_latest_says('NEW.target_id', _amount('NEW.target_id'))})",
            ),
            (
                "the genealogy does not say what it was used for",
                "NEW.into_lot_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM materials_descent d"
                " WHERE d.parent_id = NEW.lot_id AND d.child_id = NEW.into_lot_id)",
            ),
            (
                "lots of different units cannot become each other",
                f"NEW.kind = 'conversion' AND {_UNIT_OF.format(lot='lot')} <> {_UNIT_OF.format(lot='into_lot')}",
            ),
            (
                "the lot is not approved, has expired or is due for a retest",
                f"{_USED} AND {_UNUSABLE.replace('{day}', 'NEW.moved_on')}",
            ),
            (
                "the container is on hold",
                f"{_USED} AND (SELECT c.held FROM materials_container c WHERE c.id = NEW.origin_id)",
            ),
        ),
        (_SIDES, _LOT),
    ),
    Rule(
        "materials_movement_keep", "materials_movement", "UPDATE",
        (("a movement is never changed; move back instead", _NEVER),),
    ),
    Rule(
        "materials_movement_stay", "materials_movement", "DELETE",
        (("a movement is never deleted; move back instead", _NEVER),),
    ),
    Rule(
        "materials_container_empty", "materials_container", "INSERT",
        (("a new container is empty until a movement fills it", "NEW.amount_e6 <> 0"),),
    ),
    Rule(
        "materials_container_amount", "materials_container", "UPDATE OF amount_e6, lot_id",
        (
            ("a container stays with its lot", "NEW.lot_id <> OLD.lot_id"),
            (
                "the amount is not what the latest movement left",
                f"NEW.amount_e6 <> OLD.amount_e6 AND {_latest_says('NEW.id', 'NEW.amount_e6')}",
            ),
            (
                "less is left than is promised",
                f"NEW.amount_e6 < OLD.amount_e6 AND NEW.amount_e6 < {_OPEN.format(row='NEW.id')}",
            ),
        ),
    ),
    Rule(
        "materials_allocation_add", "materials_allocation", "INSERT",
        (
            ("the lot is not that of the container", f"NEW.lot_id <> {_lot_of('NEW.container_id')}"),
            ("an allocation begins open", "NEW.state <> 'open'"),
            (
                "the lot is not approved, has expired or is due for a retest",
                _UNUSABLE.replace("{day}", "NEW.allocated_on"),
            ),
            (
                "the container is on hold",
                "(SELECT c.held FROM materials_container c WHERE c.id = NEW.container_id)",
            ),
            (
                "more is promised than is there",
                f"NEW.amount_e6 + {_OPEN.format(row='NEW.container_id')} > {_amount('NEW.container_id')}",
            ),
        ),
        ("SELECT 1 FROM materials_container c WHERE c.id = NEW.container_id FOR NO KEY UPDATE", _LOT),
    ),
    Rule(
        "materials_allocation_keep", "materials_allocation", "UPDATE",
        (
            (
                "an allocation keeps its container, lot, amount and day",
                "NEW.container_id <> OLD.container_id OR NEW.lot_id <> OLD.lot_id"
                " OR NEW.amount_e6 <> OLD.amount_e6 OR NEW.allocated_on <> OLD.allocated_on",
            ),
            ("an allocation that was used or ended stays so", "OLD.state <> 'open' AND NEW.state <> OLD.state"),
        ),
    ),
    Rule(
        "materials_descent_add", "materials_descent", "INSERT",
        (
            (
                "a lot would be made from itself",
                f"{_DEPTH_OF.format(lot='parent')} >= {_DEPTH_OF.format(lot='child')}",
            ),
        ),
        ("SELECT 1 FROM materials_lot l WHERE l.id IN (NEW.parent_id, NEW.child_id) ORDER BY l.id FOR SHARE",),
    ),
    Rule(
        "materials_descent_keep", "materials_descent", "UPDATE", (("the genealogy is never changed", _NEVER),)
    ),
    Rule(
        "materials_descent_stay", "materials_descent", "DELETE", (("the genealogy is never deleted", _NEVER),)
    ),
    Rule(
        "materials_lot_depth", "materials_lot", "UPDATE OF depth",
        (
            (
                "a lot would be made from itself",
                "NEW.depth <> OLD.depth AND EXISTS (SELECT 1 FROM materials_descent d JOIN materials_lot l"
                " ON l.id = d.child_id WHERE d.parent_id = NEW.id AND l.depth <= NEW.depth)",
            ),
            (
                "a lot is deeper than what it was made from",
                "NEW.depth <> OLD.depth AND EXISTS (SELECT 1 FROM materials_descent d JOIN materials_lot l"
                " ON l.id = d.parent_id WHERE d.child_id = NEW.id AND l.depth >= NEW.depth)",
            ),
        ),
    ),
    Rule(
        "materials_lot_identity", "materials_lot", "UPDATE OF definition_id, identifier, source, source_id",
        (
            (
                "a lot stays what it is",
                "NEW.definition_id <> OLD.definition_id OR NEW.identifier <> OLD.identifier"
                " OR NEW.source <> OLD.source OR NEW.source_id <> OLD.source_id",
            ),
        ),
    ),
    Rule(
        "materials_lot_potency", "materials_lot", "UPDATE OF assay, water",
        (
            (
                "the potency of an approved lot stays; hold it first",
                "OLD.status = 'approved' AND NEW.status = 'approved'"
                " AND (NEW.assay <> OLD.assay OR NEW.water <> OLD.water)",
            ),
        ),
    ),
    Rule(
        "materials_lot_rejected", "materials_lot", "UPDATE OF status",
        (("a rejected lot stays rejected", "OLD.status = 'rejected' AND NEW.status <> 'rejected'"),),
    ),
    Rule(
        "materials_definition_unit", "materials_definition", "UPDATE OF unit",
        (
            (
                "the unit is that of lots that exist",
                "NEW.unit <> OLD.unit AND EXISTS (SELECT 1 FROM materials_lot l WHERE l.definition_id = NEW.id)",
            ),
        ),
    ),
)  # fmt: skip
"""Every rule, in the words with which the database refuses."""
register_rules(RULES)
