"""The queue of discrepancies, one invoice beside its contract, and decisions."""

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from orchestration.invoices.decide import decide_discrepancy
from orchestration.invoices.models import Code, Decision, Discrepancy, Invoice
from orchestration.invoices.queries import add_words, codes_of, count_by_code, first_pass, open_discrepancies
from workforce.accounts.permissions import Permission, Role, require
from workforce.contributors.views import find_contributor

ROWS = 50
OWNERS = [(r.value, r.label) for r in (Role.FINANCE, Role.HR, Role.OPERATIONS, Role.PROCUREMENT)]


def invoices(request):
    """Open discrepancies by code, owner, supplier and amount; or the invoices themselves."""
    require(request.user, Permission.INVOICE_VIEW)
    asked = {name: request.GET.get(name, "").strip() for name in ("code", "owner", "supplier", "amount", "show")}
    waiting = open_discrepancies(request.user)
    facts = {"asked": asked, "by_code": label_codes(count_by_code(waiting)), "passed": first_pass(request.user)}
    if asked["show"] == "invoices":
        page = Paginator(list_invoices(request.user, asked), ROWS).get_page(request.GET.get("page"))
    else:
        page = Paginator(choose(waiting, asked), ROWS).get_page(request.GET.get("page"))
        page.object_list = add_words(page.object_list)
    return render(request, "invoices/invoices.html", {**facts, "page": page, "codes": Code.choices, "owners": OWNERS})


def choose(waiting, asked: dict):
    """The discrepancies that were asked for."""
    if asked["code"] in Code.values:
        waiting = waiting.filter(code=asked["code"])
    if asked["owner"]:
        waiting = waiting.filter(code__in=codes_of(asked["owner"]))
    if asked["supplier"]:
        waiting = waiting.filter(named_supplier("line__invoice__", asked["supplier"]))
    least = read_amount(asked["amount"])
    return waiting if least is None else waiting.filter(amount__gte=least)


def list_invoices(user, asked: dict):
    rows = Invoice.objects.visible_to(user).select_related("supplier")
    if asked["supplier"]:
        rows = rows.filter(named_supplier("", asked["supplier"]) | Q(number__icontains=asked["supplier"]))
    return rows.annotate(wrong=Count("lines__discrepancies", distinct=True)).order_by("-issue_date", "-pk")


def named_supplier(prefix: str, words: str) -> Q:
    words = words.replace("\x00", "")
    return Q(**{f"{prefix}supplier__name__icontains": words}) | Q(**{f"{prefix}supplier_text__icontains": words})


def read_amount(text: str) -> Decimal | None:
    """The amount, or None for what is no amount."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**14 else None


def label_codes(groups: list[dict]) -> list[dict]:
    return [{**g, "label": Code(g["code"]).label, "currency": g["line__invoice__currency"]} for g in groups]


def invoice(request, pk: int):
    """Each line beside its contract, rate and time, with what is wrong and who decided what."""
    require(request.user, Permission.INVOICE_VIEW)
    seen = Invoice.objects.visible_to(request.user).filter(pk=pk).order_by().values("pk")
    one = (
        Invoice.objects.select_related("supplier", "source", "document").defer("document__content").filter(pk__in=seen)
    )
    one = one.first()
    if one is None:
        raise Http404("There is no such invoice, or it is outside the units you see.")
    lines = list(one.lines.select_related("engagement__unit", "contributor", "match").order_by("position")[:500])
    attach_judgements(one, lines)
    return render(
        request,
        "invoices/invoice.html",
        {"invoice": one, "lines": lines, "decides": request.user.may(Permission.DISCREPANCY_DECIDE)},
    )


def attach_judgements(one: Invoice, lines: list) -> None:
    """Gives each line its discrepancies with words and the decision that stands."""
    standing = {}
    for decision in Decision.objects.filter(line__invoice=one).select_related("by").order_by("at", "pk"):
        standing[decision.line_id, decision.code] = decision
    found = {}
    for row in add_words(Discrepancy.objects.filter(line__invoice=one).select_related("line__invoice")):
        row.decision = standing.get((row.line_id, row.code))
        found.setdefault(row.line_id, []).append(row)
    for line in lines:
        line.found = found.get(line.pk, [])


@require_POST
def decisions(request):
    """Accepts or disputes the chosen discrepancies for one reason."""
    require(request.user, Permission.DISCREPANCY_DECIDE)
    chosen = [int(pk) for pk in request.POST.getlist("discrepancy") if pk.isdecimal() and len(pk) < 18]
    rows = list(Discrepancy.objects.visible_to(request.user).filter(pk__in=chosen).select_related("line__invoice"))
    verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason", "")
    try:
        with transaction.atomic():
            for row in rows:
                decide_discrepancy(discrepancy=row, verdict=verdict, reason=reason, by=request.user)
    except (ValueError, ValidationError) as refusal:
        messages.error(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
    else:
        if rows:
            messages.success(request, f"{'Accepted' if verdict == 'accept' else 'Disputed'}: {len(rows)}.")
        else:
            messages.error(request, "Nothing was chosen. Tick the discrepancies to decide on.")
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else "invoices")


def invoices_of(request, pk: int):
    """The invoices panel: what a supplier billed, or what was billed for a person."""
    require(request.user, Permission.INVOICE_VIEW)
    one = find_contributor(request.user, pk)
    seen = Invoice.objects.visible_to(request.user).filter(Q(supplier=one) | Q(lines__contributor=one))
    wrong = Discrepancy.objects.filter(line__invoice=OuterRef("pk"))
    rows = Invoice.objects.filter(pk__in=seen.order_by().values("pk")).annotate(is_wrong=Exists(wrong))
    return render(request, "invoices/of_contributor.html", {"invoices": rows.order_by("-issue_date", "-pk")[:20]})
