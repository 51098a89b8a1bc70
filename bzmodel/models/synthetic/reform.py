"""The reform of 2021, told backwards: from the units as they stand to those that were before, with every step between.

Quotas are conserved by construction: what a unit holds at the end of 2021 is what it held a year before plus what was
decided on it, and what a merged unit gains its predecessors lose.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bzmodel.models.synthetic.units import Register, Unit, institution

MERGED_ON = dt.date(2021, 6, 30)
TRIMMED_ON = dt.date(2021, 8, 31)
FIELDS = ("农业农村", "自然资源", "文化旅游", "交通运输", "城市管理", "人力社保", "科技信息", "政务服务")


@dataclass(frozen=True)
class Plan:
    """How many units of an area went which way. merged: number of predecessors of each merged unit."""

    new: int = 0
    merged: tuple[int, ...] = ()
    fresh: int = 0  # of the merged, those under a new code
    abolished: int = 0
    enterprise: int = 0
    moved_out: int = 0
    cut: int = 0
    low_benefit: int = 0  # of the cut
    added: int = 0
    handed: int = 0  # kept units that hand part of their work and posts to a merged one


CITY_PLAN = Plan(
    new=6,
    merged=(3,) * 4 + (2,) * 36,
    fresh=12,
    abolished=9,
    enterprise=5,
    moved_out=1,
    cut=52,
    low_benefit=23,
    added=11,
    handed=2,
)


@dataclass(frozen=True)
class Change:
    """One row of the register of changes."""

    action: str
    predecessor: Unit | None
    successor: Unit | None
    share: float = 1.0


@dataclass(frozen=True)
class Decision:
    """One authorised change of a unit's quota; decisions of one `matter` were taken together."""

    matter: str
    unit: Unit
    before: int
    authorised: int
    reason: str
    outflow: str
    booking: str
    effective_on: dt.date


@dataclass(frozen=True)
class Reform:
    """Units that ended, units as they stand (with `before` set), the changes and the decisions."""

    standing: tuple[Unit, ...]
    ended: tuple[Unit, ...]
    changes: tuple[Change, ...]
    decisions: tuple[Decision, ...]


def reform(register: Register, units: Sequence[Unit], plan: Plan, departments: Sequence[Unit]) -> Reform:
    """The reform that leads to `units`."""
    return _Teller(register, units, plan, departments).told()


class _Teller:
    def __init__(self, register: Register, units: Sequence[Unit], plan: Plan, departments: Sequence[Unit]) -> None:
        self.register, self.rng, self.plan = register, register.rng, plan
        self.units = {unit.unit_id: unit for unit in units}
        self.departments = departments
        self.ended: list[Unit] = []
        self.changes: list[Change] = []
        self.decisions: list[Decision] = []

    def told(self) -> Reform:
        merged, rest = self._chosen(list(self.units.values()), len(self.plan.merged), least=6)
        new, kept = self._chosen(rest, self.plan.new, least=4)
        handed = self._handed(kept, merged)
        for at, (unit, parts) in enumerate(zip(merged, self.plan.merged, strict=True)):
            self._merge(unit, parts, fresh=at < self.plan.fresh, giver=handed.get(unit.unit_id))
        for unit in new:
            self._found(unit)
        self._keep(kept, {giver.unit_id for giver in handed.values()})
        self._end()
        return Reform(tuple(self.units.values()), tuple(self.ended), tuple(self.changes), tuple(self.decisions))

    def _chosen(self, units: Sequence[Unit], count: int, *, least: int) -> tuple[list[Unit], list[Unit]]:
        large = [at for at, unit in enumerate(units) if unit.quota >= least]
        taken = set(self.rng.choice(large, size=count, replace=False).tolist())
        return [u for at, u in enumerate(units) if at in taken], [u for at, u in enumerate(units) if at not in taken]

    def _handed(self, kept: Sequence[Unit], merged: Sequence[Unit]) -> dict[str, Unit]:
        """merged unit -> a kept one of the same family and fund that hands it a fifth of its work."""
        pairs: dict[str, Unit] = {}
        for receiver in merged:
            givers = [
                u
                for u in kept
                if (u.family, u.fund) == (receiver.family, receiver.fund) and u.quota >= 16 and u not in pairs.values()
            ]
            if givers and receiver.quota >= 20 and len(pairs) < self.plan.handed:
                pairs[receiver.unit_id] = givers[0]
        return pairs

    def _decide(self, matter: str, unit: Unit, *, change: tuple[int, int], reason: str, outflow: str) -> None:
        moving = outflow in ("划转", "转企") or change[1] == 0
        booking = (
            "即时生效"
            if moving or change[1] > change[0]
            else str(self.rng.choice(["收回空编", "退一收一"], p=[0.7, 0.3]))
        )
        day = MERGED_ON if moving else TRIMMED_ON
        self.decisions.append(Decision(matter, unit, *change, reason, outflow, booking, day))

    def _merge(self, unit: Unit, parts: int, *, fresh: bool, giver: Unit | None) -> None:
        """Two or three units become one; then it is trimmed."""
        received = round(giver.quota / 4) if giver else 0
        total = unit.quota + max(1, round(unit.quota * float(self.rng.uniform(0.02, 0.1))))
        sizes = sorted(self._split(total - received, parts), reverse=True)
        own = 0 if fresh else sizes.pop(0)
        matter = f"整合 {unit.unit_id}"
        after = replace(unit, before=own, since=MERGED_ON if fresh else unit.since)
        if not fresh:
            self.changes.append(Change("整合", after, after))
        for size in sizes:
            self._absorb(after, size, matter)
        if giver:
            self._hand(self.units[giver.unit_id], after, received, matter)
        self._decide(matter, after, change=(own, total), reason="撤并", outflow="划转")
        self._decide(f"整合后核减 {unit.unit_id}", after, change=(total, unit.quota), reason="撤并", outflow="入专户")
        self.units[unit.unit_id] = after

    def _split(self, total: int, parts: int) -> list[int]:
        shares = self.rng.dirichlet([6.0] * parts)
        sizes = [max(1, int(total * share)) for share in shares]
        sizes[0] += total - sum(sizes)
        return sizes

    def _absorb(self, after: Unit, size: int, matter: str) -> None:
        ended = self._gone(after, size)
        self.changes.append(Change("整合", ended, after))
        self._decide(matter, ended, change=(size, 0), reason="编随事走", outflow="划转")

    def _gone(self, like: Unit, size: int, sponsor: Unit | None = None) -> Unit:
        """A unit that ended with the reform, of the family and fund of another."""
        sponsor = sponsor or next((d for d in self.departments if d.unit_id == like.sponsor_id), self.departments[0])
        if like.level == "镇":
            made = replace(like, unit_id=self.register.code(like.area_id, 7), name=like.name[:3] + "文化旅游服务站")
        else:
            made = institution(self.register, sponsor, family=like.family, fund=like.fund, quota=size)
        ended = replace(made, quota=0, before=size, until=MERGED_ON)
        self.ended.append(ended)
        return ended

    def _hand(self, giver: Unit, receiver: Unit, posts: int, matter: str) -> None:
        held = giver.quota + posts
        giver = replace(giver, before=held)
        self.units[giver.unit_id] = giver
        self.changes += [Change("保留", giver, giver, 0.8), Change("整合", giver, receiver, 0.2)]
        self._decide(matter, giver, change=(held, giver.quota), reason="编随事走", outflow="划转")

    def _found(self, unit: Unit) -> None:
        after = replace(unit, before=0, since=MERGED_ON)
        self.units[unit.unit_id] = after
        self.changes.append(Change("新设", None, after))
        self._decide(f"新设 {unit.unit_id}", after, change=(0, unit.quota), reason="职责增加", outflow="调剂")

    def _keep(self, kept: Sequence[Unit], handing: set[str]) -> None:
        plain = [unit for unit in kept if unit.unit_id not in handing]
        cut, rest = self._chosen(plain, self.plan.cut, least=6)
        added, _ = self._chosen(rest, self.plan.added, least=6)
        for at, unit in enumerate(cut):
            low = at < self.plan.low_benefit
            more = max(1, round(unit.quota * float(self.rng.uniform(0.05, 0.16))))
            self._resize(unit, unit.quota + more, "低效" if low else "总量调控", "入专户" if at % 4 else "核销")
        for unit in added:
            less = max(1, round(unit.quota * float(self.rng.uniform(0.03, 0.1))))
            self._resize(unit, unit.quota - less, "职责增加", "调剂")
        self.changes += [Change("保留", self.units[u.unit_id], self.units[u.unit_id]) for u in plain]

    def _resize(self, unit: Unit, before: int, reason: str, outflow: str) -> None:
        after = replace(unit, before=before)
        self.units[unit.unit_id] = after
        kind = "核减" if before > unit.quota else "核增"
        self._decide(f"{kind} {unit.unit_id}", after, change=(before, unit.quota), reason=reason, outflow=outflow)

    def _end(self) -> None:
        """Units that ended without a successor."""
        plan, ways = self.plan, []
        ways += [("撤销", "随机构撤销", "入专户")] * plan.abolished
        ways += [("转企", "转企", "转企")] * plan.enterprise
        ways += [("划出", "编随事走", "划转")] * plan.moved_out
        standing = list(self.units.values())
        for action, reason, outflow in ways:
            like = standing[int(self.rng.integers(len(standing)))]
            size = int(self.rng.integers(3, 12))
            fund = "自理" if action == "转企" else "拨款"
            ended = self._gone(replace(like, fund=fund), size)
            self.changes.append(Change(action, ended, None))
            self._decide(f"{action} {ended.unit_id}", ended, change=(size, 0), reason=reason, outflow=outflow)


def by_matter(decisions: Sequence[Decision]) -> Iterator[tuple[str, list[Decision]]]:
    """Decisions taken together, in the order they were taken."""
    groups: dict[str, list[Decision]] = {}
    for decision in decisions:
        groups.setdefault(decision.matter, []).append(decision)
    yield from groups.items()
