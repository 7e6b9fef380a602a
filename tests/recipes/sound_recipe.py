"""A small recipe without a finding, and what is found when it is changed."""

from collections.abc import Sequence

from batchwright.recipes import text
from batchwright.recipes.checks import check
from batchwright.recipes.findings import Finding

BASE = """
id: R
header: {product: P, batch_size: {nominal: 100 kg, minimum: 50 kg, maximum: 200 kg}}
formula:
  balance_tolerance: 1 %
  parameters:
    - {id: api, kind: input, value: 60 kg, scaling: {rule: potency, compensated_by: lactose}, rounding: {decimals: 3}}
    - {id: lactose, kind: input, value: 40 kg}
    - {id: product, kind: output, value: 99 kg}
    - {id: dust, kind: output, value: 1 kg, balance: lost}
yields: [{id: y, actual: out.net, theoretical: api + lactose, limits: {action_low: 95 %}}]
holds: [{id: h, after: dose, before: out, at_most: 4 h}]
elements:
  - id: p
    level: procedure
    logic: {flow: [begin -> u -> end]}
    elements:
      - id: u
        level: unit procedure
        parameters:
          - {id: speed, value: 10 Hz, limits: {action_low: 5 Hz, action_high: 15 Hz}, classification: CPP, cqas: [x]}
        equipment: [{id: vessel, property: volume, comparison: at least, amount: 100 L}]
        samples: [{id: s}]
        controls: [{id: c, limits: {action_high: 2 %}, every: 30 min}]
        logic: {flow: [begin -> o -> end]}
        elements:
          - id: o
            level: operation
            logic: {flow: [begin -> dose -> rest -> t -> out -> end], transitions: {t: rest complete}}
            elements:
              - id: dose
                level: phase
                phase:
                  {kind: dispense, inputs: [api, lactose], tolerance: {below: 1 %, above: 1 %}, second_person: true}
              - {id: rest, level: phase, phase: {kind: wait, at_least: 1 h}}
              - {id: out, level: phase, phase: {kind: weigh, unit: kg}}
"""


def findings(*changes: tuple[str, str]) -> tuple[Finding, ...]:
    source = BASE
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new, 1)
    return check(text.read(source).recipe)


def codes(found: Sequence[Finding]) -> list[str]:
    return [one.code for one in found]
