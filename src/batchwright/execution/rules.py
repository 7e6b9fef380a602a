"""What the database refuses by itself, on both engines: attempts that change, and a batch that becomes another."""

from batchwright.record import Rule, register_rules

_NEVER = "1 = 1"


def _stays(table: str, what: str) -> tuple[Rule, Rule]:
    return (
        Rule(f"{table}_keep", table, "UPDATE", ((f"{what} is never changed", _NEVER),)),
        Rule(f"{table}_stay", table, "DELETE", ((f"{what} is never deleted", _NEVER),)),
    )


def _same(*columns: str) -> str:
    return " OR ".join(f"NEW.{one} IS DISTINCT FROM OLD.{one}" for one in columns)


_OTHER_BATCH = "NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.id = NEW.run_id AND r.batch_id = NEW.batch_id)"

RULES: tuple[Rule, ...] = (
    *_stays("execution_attempt", "an attempt"),
    *_stays("execution_control", "a control recipe"),
    *_stays("execution_answer", "an answer"),
    *_stays("execution_judgement", "a judgement"),
    Rule("execution_batch_stay", "execution_batch", "DELETE", (("a batch is never deleted", _NEVER),)),
    Rule("execution_run_stay", "execution_run", "DELETE", (("a run is never deleted", _NEVER),)),
    Rule("execution_exception_stay", "execution_exception", "DELETE", (("an exception is never deleted", _NEVER),)),
    Rule("execution_vessel_stay", "execution_vessel", "DELETE", (("a vessel is never deleted", _NEVER),)),
    Rule(
        "execution_vessel_batch", "execution_vessel", "INSERT",
        (("the run is of another batch", _OTHER_BATCH),),
    ),
    Rule("execution_weighing_stay", "execution_weighing", "DELETE", (("a weight is never deleted", _NEVER),)),
    Rule(
        "execution_batch_identity", "execution_batch", "UPDATE OF number, recipe_version_id, sponsor_id, size",
        (
            (
                "a batch stays what it is and whose it is",
                _same("number", "recipe_version_id", "sponsor_id", "size"),
            ),
        ),
    ),
    Rule(
        "execution_batch_acts", "execution_batch", "UPDATE OF acts, revision",
        (("the acts of a batch only become more", "NEW.acts < OLD.acts OR NEW.revision < OLD.revision"),),
    ),
    Rule(
        "execution_run_identity", "execution_run", "UPDATE OF batch_id, path, position, element, level",
        (("a run stays what it is", _same("batch_id", "path", "position", "element", "level")),),
    ),
    Rule(
        "execution_attempt_batch", "execution_attempt", "INSERT",
        (("the run is of another batch", _OTHER_BATCH),),
    ),
    Rule(
        "execution_weighing_batch", "execution_weighing", "INSERT",
        (("the run is of another batch", _OTHER_BATCH),),
    ),
    Rule(
        "execution_weighing_same", "execution_weighing", "UPDATE OF batch_id, run_id, line, lot_id, net, factor",
        (("a weight stays what it is", _same("batch_id", "run_id", "line", "lot_id", "net", "factor")),),
    ),
    Rule(
        "execution_weighing_back", "execution_weighing", "UPDATE OF returned_at",
        (
            (
                "what was given back stays so",
                "OLD.returned_at IS NOT NULL AND NEW.returned_at IS DISTINCT FROM OLD.returned_at",
            ),
        ),
    ),
    Rule(
        "execution_exception_identity", "execution_exception",
        "UPDATE OF number, batch_id, run_id, kind, sentence, field, value, raised_by, raised_at",
        (
            (
                "an exception stays what it is",
                _same("number", "batch_id", "run_id", "kind", "sentence", "field", "value", "raised_by", "raised_at"),
            ),
        ),
    ),
    Rule(
        "execution_exception_closed", "execution_exception", "UPDATE OF severity, cause, impact, closed_at",
        (
            (
                "a closed exception stays as it was signed",
                "OLD.closed_at IS NOT NULL AND (" + _same("severity", "cause", "impact", "closed_at") + ")",
            ),
        ),
    ),
)  # fmt: skip
"""Every rule, in the words with which the database refuses."""
register_rules(RULES)
