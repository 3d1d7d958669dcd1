"""Reading e-invoices (EN 16931) in UBL 2.1, CII D16B and hybrid PDFs. No database, no Django."""
