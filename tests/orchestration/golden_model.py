"""The golden record written a second time, as plain dictionaries: what the tests compare the product with."""

from dataclasses import dataclass, field
from datetime import date

TEXT = ("name", "phone", "title", "national_id", "status", "skills", "manager")
TOGETHER = [("start_date", "end_date"), ("street", "city")]
PLACES = [*TOGETHER, *((name,) for name in TEXT)]
EMPTY = {"phone": "", "title": "", "national_id": "", "street": "", "city": "", "start_date": None, "end_date": None}
EMPTY |= {"skills": (), "manager": None}


@dataclass
class Registry:
    """Records by (source, key) in the order of their arrival; `parent` says into whom a record is merged."""

    own: dict = field(default_factory=dict)
    parent: dict = field(default_factory=dict)
    order: dict = field(default_factory=dict)  # field or "*" -> sources
    overrides: dict = field(default_factory=dict)  # (record, field) -> value, the latest last

    def take(self, who, cells: dict):
        facts = self.own.setdefault(who, {"status": "active", **EMPTY})
        for name, text in cells.items():
            if text == "-":
                facts[name] = EMPTY[name]
            elif text:
                facts[name] = read(name, text)

    def override(self, who, name, text):
        self.overrides.pop((who, name), None)
        self.overrides[who, name] = EMPTY[name] if text == "-" else read(name, text)

    def root(self, who):
        while who in self.parent:
            who = self.parent[who]
        return who

    def shown(self, who) -> dict:
        if who in self.parent:
            return self.own[who]
        cluster = [one for one in self.own if self.root(one) == who]
        golden = {}
        for names in PLACES:
            speakers = sorted(cluster, key=lambda one: self.place(names[0], one, who))
            tells = [one for one in speakers if any(self.says(one, name, cluster) for name in names)]
            for name in names:
                golden[name] = self.own[tells[0]][name] if tells else EMPTY[name]
        by_hand = {name: value for (one, name), value in self.overrides.items() if self.root(one) == who}
        golden |= by_hand
        if golden["start_date"] and golden["end_date"] and golden["end_date"] < golden["start_date"]:
            golden["start_date" if "end_date" in by_hand else "end_date"] = None
        return golden

    def says(self, one, name, cluster) -> bool:
        value = self.own[one][name]
        return value not in ("", None, ()) and not (name == "manager" and value in cluster)

    def place(self, name, one, root):
        def place_in(order):
            return order.index(one[0]) if one[0] in order else 99

        facts = self.own[one]
        return (
            place_in(self.order.get(name, [])), place_in(self.order.get("*", [])), facts["status"] == "left", one != root,
            one[0], list(self.own).index(one),
        )  # fmt: skip


def read(name, text):
    if name.endswith("_date"):
        return date.fromisoformat(text)
    if name == "skills":
        return tuple(sorted(text.split(";")))
    if name == "manager":
        return tuple(text.split(":"))
    return text
