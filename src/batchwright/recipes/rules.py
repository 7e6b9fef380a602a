
"""What the database refuses by itself, on both engines: an approved text that changes, and steps that are left out."""

from batchwright.recipes.lifecycle import FOLLOWING
from batchwright.record import Rule, register_rules

_NEVER = "1 = 1"
_FOREIGN = (
    "NOT EXISTS (SELECT 1 FROM recipes_text t WHERE t.id = NEW.text_id AND t.recipe_id = NEW.recipe_id"
    " AND t.sha256 = NEW.sha256)"
)



def _steps() -> str:
    """Which state may follow which, as a condition."""
    found = []
    for before, after in FOLLOWING.items():
        if after:
            names = ", ".join(f"'{one}'" for one in sorted(after))
            found.append(f"(OLD.state = '{before}' AND NEW.state IN ({names}))")
    return " OR ".join(found)


RULES: tuple[Rule, ...] = (
    Rule("recipes_text_keep", "recipes_text", "UPDATE", (("a text is never changed; save another", _NEVER),)),
    Rule("recipes_text_stay", "recipes_text", "DELETE", (("a text is never deleted", _NEVER),)),
    Rule(
        "recipes_version_add", "recipes_version", "INSERT",
        (
            ("a version begins as a draft", "NEW.state <> 'draft'"),
            ("the text is of another recipe, or not what the version says", _FOREIGN),
        ),
    ),
    Rule(
        "recipes_version_text", "recipes_version", "UPDATE OF text_id, sha256",
        (
            (
                "only the text of a draft changes; an approved text never does",
                "(OLD.state <> 'draft' OR NEW.state <> 'draft')"
                " AND (NEW.text_id <> OLD.text_id OR NEW.sha256 <> OLD.sha256)",
            ),
            ("the text is of another recipe, or not what the version says", _FOREIGN),
        ),
    ),
    Rule(
        "recipes_version_steps", "recipes_version", "UPDATE OF state",
        (("this state does not follow that one", f"NEW.state <> OLD.state AND NOT ({_steps()})"),),
    ),
    Rule(
        "recipes_version_identity", "recipes_version", "UPDATE OF recipe_id, number, origin",
        (
            (
                "a version stays what it is",
                "NEW.recipe_id <> OLD.recipe_id OR NEW.number <> OLD.number OR NEW.origin <> OLD.origin",
            ),
        ),
    ),
    Rule(
        "recipes_version_signed", "recipes_version", "UPDATE OF submitted_by, approved_by",
        (
            (
                "who prepared and who approved a version stays so",
                "OLD.state IN ('approved', 'effective', 'superseded', 'withdrawn')"
                " AND (NEW.submitted_by <> OLD.submitted_by OR NEW.approved_by <> OLD.approved_by)",
            ),
        ),
    ),
    Rule(
        "recipes_version_time", "recipes_version", "UPDATE OF effective_from, superseded_at",
        (
            (
                "from when a version is in force stays so",
                "OLD.effective_from IS NOT NULL AND NEW.effective_from IS DISTINCT FROM OLD.effective_from",
            ),
            (
                "until when a version was in force stays so",
                "OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at",
            ),
        ),
    ),
    Rule("recipes_version_stay", "recipes_version", "DELETE", (("a version is never deleted", _NEVER),)),
    Rule(
        "recipes_recipe_identity", "recipes_recipe", "UPDATE OF identifier, source_id, sponsor_id",
        (
            (
                "a recipe stays what it is and whose it is",
                "NEW.identifier <> OLD.identifier OR NEW.source_id <> OLD.source_id"
                " OR NEW.sponsor_id IS DISTINCT FROM OLD.sponsor_id",
            ),
        ),
    ),
    Rule("recipes_justification_keep", "recipes_justification", "UPDATE", (("a justification stays", _NEVER),)),
    Rule("recipes_justification_stay", "recipes_justification", "DELETE", (("a justification stays", _NEVER),)),
)  # fmt: skip
"""Every rule, in the words with which the database refuses."""
register_rules(RULES)
