"""The words of a batch record's pages, in the language of whoever reads."""

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Give every word that the template asks for.

    Returns:
        By key.
    """
    return {**_frame(), **_sections(), **_columns(), **_verdicts(), **_sentences()}


def _frame() -> dict[str, str]:
    return {
        "title": _("Batch record"), "page": _("page"), "of": _("of"), "digest": _("data"), "contents": _("Contents"),
        "product": _("Product"), "size": _("Batch size"), "lot": _("Lot"), "sponsor": _("Sponsor"),
        "own product": _("the plant's own product"), "recipe": _("Master recipe"), "state": _("State"),
        "made": _("Made"), "document made": _("As of"), "times": _("Times"), "times in": _("in the zone"),
        "count exceptions": _("exceptions"), "count open exceptions": _("of them open"),
        "count refused attempts": _("attempts refused, and kept"), "count signatures": _("signatures"),
        "review": _("Review"), "pieces": _("on record"), "none on record": _("None is on record."),
    }  # fmt: skip


def _sections() -> dict[str, str]:
    return {
        "clauses": _("What 21 CFR 211.188 asks for, and where it stands"),
        "s exceptions": _("Exceptions and investigations"), "redlines": _("Redlines"),
        "s procedure": _("Procedure as performed"), "procedure itself": _("Procedure"),
        "never begun": _("Phases that the procedure never came to"), "s master": _("Master and formula"),
        "revisions": _("Control recipe"), "formula": _("Formula"), "s materials": _("Materials and weights"),
        "weighings": _("Weights"), "s equipment": _("Equipment and areas"), "instruments": _("Instruments"),
        "inspections": _("Inspections of areas"), "s controls": _("Controls, samples and tests"),
        "samples": _("Samples"), "tests": _("Tests"), "s yields": _("Yields and reconciliation"),
        "stock": _("Put away"), "s labels": _("Specimens of labels"), "s signatures": _("Signatures"),
        "s record": _("How to verify this record"), "attached": _("Files in this document"),
    }  # fmt: skip


def _columns() -> dict[str, str]:
    return {
        "clause": _("Clause"), "asks": _("Asks for"), "stands in": _("Stands in"), "found": _("Found"),
        "where": _("Where"), "value and limit": _("Value"), "limit": _("limit"), "noticed": _("Noticed by"),
        "cause": _("Cause"), "impact": _("Impact"), "signatures": _("Signatures"), "closed": _("closed"),
        "number": _("Number"), "what changed": _("What it changed"), "from": _("from"), "reason": _("Reason"),
        "exception": _("Exception"), "unit": _("Unit"), "nr": _("No."), "when": _("When"), "who": _("Who"),
        "entered": _("Entered"), "verdict": _("Verdict"), "done at": _("done"), "checked by": _("checked by"),
        "phase": _("Phase"), "around": _("In"), "effective": _("Effective"), "approved text": _("Approved text"),
        "executed text": _("Executed text"), "why": _("Why"), "parameter": _("Parameter"), "value": _("Value"),
        "how": _("How it came about"), "limits": _("Limits"), "provisional": _("provisional"),
        "material": _("Material"), "use by": _("Use by"), "status": _("Status"), "amount": _("Amount"),
        "supplier lot": _("supplier's lot"), "line and lot": _("Line and lot"), "containers": _("From and into"),
        "gross tare": _("Gross, tare"), "net": _("Net"), "scale": _("Scale"), "factor": _("factor"),
        "given back": _("given back"), "charged": _("charged"), "by hand": _("by hand"),
        "calibrated until": _("calibrated until"), "bound to": _("For"), "used": _("Used"),
        "instrument": _("Instrument"), "name": _("Name"), "values": _("Values"), "area": _("Area"),
        "before or after": _("Use"), "before": _("before"), "after": _("after"), "clear": _("clear"),
        "not clear": _("not clear"), "point": _("Point"), "test": _("Test"), "result": _("Result"),
        "investigation": _("investigation"), "yield": _("Yield"), "percent": _("Of theoretical"),
        "sentence": _("How it was found"), "container": _("Container"), "location": _("Location"),
        "filled": _("Filled"), "symbol": _("GS1 DataMatrix"), "signer": _("Signed by"),
        "what it means": _("Meaning, and of what"), "shown": _("SHA-256 of what was shown"),
        "judgement": _("Judgement"), "subject": _("Subject"), "entries": _("Entries"), "site": _("Site"),
        "tree size": _("Entries in the tree"), "root": _("Root hash"), "key": _("Site's key"),
        "data digest": _("SHA-256 of the data"), "file": _("File"), "hash": _("SHA-256"), "what it is": _("What it is"),
    }  # fmt: skip


def _verdicts() -> dict[str, str]:
    return {
        "verdict refused": _("refused"), "verdict out of limit": _("out of limit"), "verdict alert": _("alert"),
        "verdict accepted": _("accepted"), "verdict within": _("within"), "verdict critical": _("critical"),
        "verdict major": _("major"), "verdict minor": _("minor"), "verdict open": _("open"),
        "verdict blocks": _("blocks"), "verdict needs judgement": _("needs judgement"), "verdict fine": _("fine"),
        "verdict not performed": _("not performed"), "verdict skipped": _("skipped"), "verdict void": _("void"),
        "kind check": _("check"), "kind correct": _("correction"), "use component": _("component"),
        "use intermediate": _("intermediate"), "use container or closure": _("container or closure"),
        "use label": _("label"), "use other": _("other"),
    }  # fmt: skip


def _sentences() -> dict[str, str]:
    return {
        "paper is a copy": _("A copy of the electronic record; the data is attached to it."),
        "clauses why": _("Each line of the regulation with the section that answers it."),
        "no exception": _("No exception is on record: everything was as the recipe says."),
        "no redline": _("No redline: the recipe was executed as it was approved."),
        "all begun": _("None: every phase of the recipe was begun."),
        "fine checks": _("Each check that was fine stands with its reason in the attached data."),
        "signatures why": _(
            "Each signature carries the printed name, the meaning, the time, and the SHA-256 of exactly what the "
            "signer was shown (21 CFR 11.50, 11.70). Its proof stands in the entry of the record."
        ),
        "verify why": _(
            "The record of this batch stands in the site's ledger, in order, under a signed tree head. The page shows "
            "what the data attached to it says; the digest below is that of the data."
        ),
        "no checkpoint": _("No checkpoint covers the batch yet; the export makes one."),
        "verify how": _(
            "Export the record and check it on any computer with Python and the package cryptography; nothing of the "
            "plant needs to be trusted but its key, which the site gives you by another way:"
        ),
    }
