"""A small company as files, one of each kind, with references that point forwards and across sources."""

from pathlib import Path

TABLES = {
    "units": ("hris", "source_id,name,parent,cost_centre,country,currency,manager\nU1,Works,,CC1,DE,EUR,E1\nU2,Team,U1,CC2,DE,EUR,\n"),
    "contributors": (
        "hris",
        "source_id,kind,name,given_name,family_name,email,country,national_id,bank_account,supplier,unit,manager,owner,"
        "location,skills,start_date,weekly_hours\n"
        "E1,employee,,Ada,Berg,ada@example.org,DE,N-1,DE02120300000000202051,,U1,,,Berlin,Welding;  heat  treatment,2024-01-01,40\n"
        "E2,employee,,Bo,Chen,bo@example.org,DE,N-2,,,U2,E1,,Berlin,welding,2024-02-01,20\n"
        "C1,contractor,,Cy,Diaz,cy@example.org,DE,N-3,,erp:S1,U2,E1,,,,2025-01-01,38.5\n"
        "A1,ai_agent,Reader,,,,,,,,U2,,E2,,Reading,,\n",
    ),
    "engagements": (
        "hris",
        "source_id,contributor,unit,basis,start_date,end_date,supplier,purchase_order,owner\n"
        "G1,C1,U2,hourly,2025-01-01,2026-12-31,erp:S1,PO-1,E1\nG2,E1,U1,salaried,2024-01-01,,,,\n",
    ),
    "rates": (
        "hris",
        "engagement,valid_from,valid_to,category,per,amount,currency\nG1,2025-01-01,2025-12-31,,hour,80,EUR\n"
        "G1,2026-01-01,,standard,hour,85.50,EUR\n",
    ),
    "rate_cards": ("hris", "source_id,title,country,currency,per,max_amount\nK1,Welder,DE,EUR,hour,90\n"),
    "purchase_orders": ("erp", "number,supplier,currency,amount,valid_from,valid_to\nPO-1,S1,EUR,10000,2025-01-01,2026-12-31\n"),
    "time": ("hris", "source_id,engagement,work_date,hours,category,status\nT1,G1,2026-01-05,8,,approved\nT2,G1,2026-01-06,7.5,overtime,\n"),
    "absences": ("hris", "source_id,contributor,start_date,end_date,hours_per_day\nB1,E1,2026-01-05,2026-01-09,8\n"),
    "allocations": (
        "hris", "source_id,contributor,unit,start_date,end_date,weekly_hours,request\nL1,E2,U1,2026-01-01,2026-03-31,10,R1\n"
    ),
    "requests": (
        "hris",
        "source_id,unit,title,skills,weekly_hours,start_date,end_date,headcount,budget,currency\n"
        "R1,U1,Weld a tank,Welding;Reading,20,2026-01-01,2026-06-30,2,5000,EUR\n",
    ),
    "invoices": (
        "erp",
        "supplier,invoice_number,issue_date,currency,payee_account,line,engagement,period_start,period_end,quantity,per,"
        "unit_price,net_amount,tax_rate,description\n"
        "S1,2026-01,2026-02-01,EUR,DE02120300000000202051,1,hris:G1,2026-01-01,2026-01-31,15.5,hour,85.50,1325.25,19,Welding\n"
        "S1,2026-01,2026-02-01,EUR,DE02120300000000202051,2,,,,1,each,50,50,19,Way\n"
        "S1,2026-02,2026-02-03,EUR,,1,hris:G1,,,-1,hour,85.5,-85.5,19,Back\n",
    ),
    "watchlist": ("lists", "source_id,name,aliases,birth_date,country,list\nW1,Evil Corp,Evil;Evil Inc,,US,SDN\n"),
    "exchange_rates": ("erp", "date,base,quote,rate\n2026-01-01,USD,EUR,0.92\n2026-01-02,USD,EUR,0.93\n"),
}  # fmt: skip
SUPPLIERS = (
    "contributors", "erp", "source_id,kind,name,tax_id,bank_account,status\nS1,vendor,Tank GmbH,DE123456789,DE02120300000000202051,\n"
)  # fmt: skip


def write_tables(folder: Path) -> list[tuple[str, str, Path]]:
    """(kind, source, path) of every file."""
    rows = [(kind, source, text) for kind, (source, text) in TABLES.items()] + [SUPPLIERS]
    files = []
    for kind, source, text in rows:
        path = folder / f"{source}-{kind}.csv"
        path.write_text(text, encoding="utf-8")
        files.append((kind, source, path))
    return files
