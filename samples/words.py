"""The words the sample company is made of. All people, firms and banks are invented."""

COMPANY = "Meridian Works"

GIVEN = """Aaliyah Adaeze Agnieszka Aiko Akira Alba Aleksander Alice Amara Amélie Amir Ana Anders Andrea Anita Anjali
Antoine Arjun Astrid Ayşe Beatriz Benedikt Björn Bogdan Brigitte Camille Carlos Carmen Chiara Chidi Chinua Chloé Clara
Claudia Daniel Dariusz David Deepa Diego Dimitri Dorota Eleni Elif Elena Emeka Emil Emily Emre Erik Esra Ewa Fatima
Federico Felix Fiona Florian François Freya Gabriel Georg Giulia Grace Greta Guillaume Gustavo Hamza Hana Hannah Harald
Helena Henrik Hiroshi Ibrahim Ifeoma Ines Ingrid Isabel Ivan Jakub Jamal James Jana Jasmin Javier Jens Jérôme Joana
Johanna John José Julia Jürgen Kadir Karim Karolina Katja Kenji Kerstin Khadija Kofi Kwame Lars Laura Layla Leila Lena
Leonie Li Linh Lorenzo Louise Luca Lucía Ludmila Magda Mai Malik Manon Marek Mariam Marta Martin Mateo Matthias Maya
Mehmet Mei Mia Michał Miguel Milan Minh Mira Mohammed Monika Nadia Naomi Nasrin Natalia Nia Nikolai Nina Noah Nora
Ogechi Olga Oliver Omar Oskar Pablo Paolo Patricia Paul Petra Philippe Pierre Priya Rachel Rafael Rania Ravi Renata
Ricardo Robert Rosa Ruth Sabine Samir Sandra Sara Satoshi Selma Shreya Silke Simon Sofia Stefan Sunita Svetlana Tamara
Tariq Thandi Theo Thomas Tiago Tomasz Ulrike Uma Valentina Vera Victor Vikram Wanjiru Wei William Xin Yannick Yasmin
Yuki Yusuf Zainab Zoë Zofia""".split()  # noqa: SIM905 - a list of words reads best as words

FAMILY = """Abara Adeyemi Ahlgren Albrecht Almeida Andersen Aoki Arslan Asante Aydın Balogun Banerjee Baranowski Barros
Baumann Becker Bellini Benali Bergström Bianchi Blanchard Boateng Bonnet Bösch Brandt Brennan Calloway Cardoso Carver
Castellano Chandra Chaudhary Chen Clarke Conti Costa Crawford Dąbrowski Dahl Das Delacroix Demir Desai Diallo Dietrich
Dimitrov Doyle Dubois Duarte Eberhardt Ekwueme Ellison Engel Erdoğan Eriksen Fabre Falk Fernandes Ferrari Fischer Fontaine
Forsberg Fraser Fujimoto Gallagher García Gauthier Ghosh Girard Gómez Grabowski Greco Grünewald Gupta Haddad Hallberg
Hansen Harrington Hartmann Hassan Hayashi Heller Henriksen Hoang Hoffmann Holloway Horvat Hosseini Huang Hughes Ibáñez
Ikeda Ivanova Jansen Jankowski Johansson Jovanović Kamara Kapoor Karlsson Kaya Keller Kessler Khalil Kimura Kipkorir
Klein Kobayashi Kowalczyk Krause Krüger Kumar Lacroix Lambert Lang Larsen Laurent Lehmann Lemaire Lewandowski Lind Lindqvist
Liu Lombardi Lopes Lorenz Löwe MacLeod Maier Makinde Malik Mancini Marchetti Marin Marques Martins Mbeki Mehta Mendes Menon
Mercier Meyer Mokoena Monteiro Moreau Moretti Mori Müller Mwangi Nakamura Navarro Ndiaye Neumann Nguyen Nilsen Novak Nowak
Nwosu Obi Okafor Okonkwo Olsen Onyango Ortega Osei Özdemir Palmer Papadakis Park Patel Pavlova Pereira Perrin Pettersson
Pham Pichler Popescu Prescott Quigley Rahman Ramirez Rao Reinhardt Renard Ribeiro Ricci Richter Rinaldi Rossi Rousseau
Sahin Saito Sanders Santos Sato Schäfer Schmitt Schneider Schröder Schulz Schwarz Sharma Silva Simmons Singh Sokolova
Sommer Sorensen Steiner Stoica Suzuki Szymański Takeda Tanaka Teixeira Thapa Thompson Tran Traoré Ueda Usman Valente Vargas
Vasquez Vogel Volkov Wagner Walczak Wallace Wang Weber Weiss Whitaker Winkler Wójcik Wolff Yamada Yıldız Zhang Zhou
Ziegler Zimmermann Zoric""".split()  # noqa: SIM905 - a list of words reads best as words

# Title: (base euro rate an hour, monthly euro salary, skills)
TITLES = {
    "Software Engineer": (82, 5600, ["Python", "Java", "SQL", "API design", "Testing", "Kubernetes"]),
    "Data Engineer": (88, 5900, ["SQL", "Python", "Data modelling", "ETL", "Spark"]),
    "Data Analyst": (68, 4800, ["SQL", "Reporting", "Statistics", "Spreadsheets"]),
    "Machine Learning Engineer": (98, 6500, ["Python", "Machine learning", "Statistics", "MLOps"]),
    "Cloud Engineer": (90, 6000, ["Kubernetes", "Terraform", "Networking", "Linux"]),
    "Security Analyst": (92, 6100, ["Incident response", "Identity management", "Networking", "Linux"]),
    "UX Designer": (72, 4900, ["User research", "Prototyping", "Accessibility"]),
    "Project Manager": (85, 5800, ["Project planning", "Risk management", "Stakeholder management"]),
    "Business Analyst": (75, 5200, ["Requirements", "Process mapping", "SQL", "Stakeholder management"]),
    "Test Engineer": (64, 4600, ["Testing", "Test automation", "Python"]),
    "Mechanical Engineer": (78, 5400, ["CAD", "Simulation", "Tolerancing"]),
    "Electrical Engineer": (80, 5500, ["Circuit design", "PLC programming", "Simulation"]),
    "Field Technician": (52, 3600, ["Maintenance", "PLC programming", "Safety"]),
    "Quality Engineer": (70, 5000, ["Quality management", "Statistics", "Auditing"]),
    "Supply Chain Planner": (62, 4500, ["Demand planning", "Logistics", "Spreadsheets"]),
    "Accountant": (60, 4400, ["Bookkeeping", "Reporting", "Spreadsheets"]),
    "Recruiter": (58, 4200, ["Interviewing", "Sourcing", "Labour law"]),
    "Customer Support Specialist": (45, 3300, ["Customer service", "Translation", "Ticketing"]),
    "Technical Writer": (56, 4100, ["Documentation", "Translation", "Accessibility"]),
    "Marketing Specialist": (60, 4300, ["Copywriting", "Campaigns", "Reporting"]),
}

# Top-level unit: (country, teams as (name, titles))
UNITS = {
    "Engineering": ("DE", [("Platform", ["Software Engineer", "Cloud Engineer", "Test Engineer"]),
                           ("Applications", ["Software Engineer", "UX Designer", "Test Engineer"]),
                           ("Machine Design", ["Mechanical Engineer", "Electrical Engineer"])]),
    "Data and AI": ("GB", [("Data Platform", ["Data Engineer", "Cloud Engineer"]),
                           ("Models", ["Machine Learning Engineer", "Data Analyst"])]),
    "Production": ("DE", [("Line Berlin", ["Field Technician", "Quality Engineer", "Electrical Engineer"]),
                          ("Line Lyon", ["Field Technician", "Quality Engineer", "Mechanical Engineer"])]),
    "Supply Chain": ("FR", [("Planning", ["Supply Chain Planner", "Data Analyst"]),
                            ("Logistics", ["Supply Chain Planner", "Field Technician"])]),
    "Sales and Marketing": ("US", [("Americas", ["Marketing Specialist", "Business Analyst"]),
                                   ("Europe", ["Marketing Specialist", "Technical Writer"])]),
    "Customer Service": ("US", [("Support Desk", ["Customer Support Specialist", "Technical Writer"]),
                                ("Field Service", ["Field Technician", "Customer Support Specialist"])]),
    "Finance and Procurement": ("DE", [("Accounting", ["Accountant", "Business Analyst"]),
                                       ("Purchasing", ["Supply Chain Planner", "Accountant"])]),
    "People and Security": ("GB", [("People Operations", ["Recruiter", "Business Analyst"]),
                                   ("Information Security", ["Security Analyst", "Project Manager"])]),
}  # fmt: skip

# Country: (currency, rate factor, salary factor, VAT, cities as (city, region, postcode, phone prefix), streets)
COUNTRIES = {
    "DE": ("EUR", "1.00", "1.00", 19, [("Berlin", "Berlin", "10115", "+49 30 9990"), ("Hamburg", "Hamburg", "20095",
           "+49 40 9990"), ("München", "Bayern", "80331", "+49 89 9990")],
           ["Lindenstraße", "Am Mühlbach", "Goethestraße", "Bahnhofstraße", "Kastanienallee", "Gartenweg"]),
    "FR": ("EUR", "0.95", "0.92", 20, [("Paris", "Île-de-France", "75010", "+33 1 99 00"), ("Lyon",
           "Auvergne-Rhône-Alpes", "69003", "+33 2 61 91")],
           ["rue des Lilas", "avenue Victor-Hugo", "rue de la Gare", "impasse du Moulin", "quai des Brumes"]),
    "GB": ("GBP", "0.88", "0.85", 20, [("London", "England", "EC1A 1AA", "+44 20 7946 0"), ("Manchester", "England",
           "M1 1AE", "+44 161 496 0")],
           ["Orchard Lane", "Mill Road", "Station Street", "Kingsway", "Harbour Terrace"]),
    "US": ("USD", "1.20", "1.25", 0, [("New York", "NY", "10001", "+1 212 555 01"), ("Austin", "TX", "73301",
           "+1 512 555 01")],
           ["Maple Avenue", "Oak Street", "Cedar Drive", "5th Avenue", "Lakeview Road"]),
}  # fmt: skip

FIRM_FIRST = """Nordlicht Quellwerk Silberpfad Brightwater Halcyon Corvid Steinbrück Atelier-Nuage Pontneuf Belleforge
Clairval Ironbridge Thornfield Blackfriar Summit-Ridge Cedarline Blue-Heron Copperleaf Larkspur Windrose Falkenau Eisvogel
Montclair Aubépine Greywell Foxglove Redwood-Bay Prairie-Star Ostwind Klarsicht Valmorel Rivesoleil Kestrel Marlowe
Juniper-Point Stonegate Tannenhof Lichtung Sablier Hirondelle Wrenfield Ashdown Silver-Creek Highplains Rotbuche Kranich
Mirabel Cigogne Pemberley Oakhurst Bayshore Lonetree""".split()  # noqa: SIM905 - a list of words reads best as words
FIRM_SECOND = [
    "Consulting",
    "Engineering",
    "Staffing",
    "Systems",
    "Technik",
    "Digital",
    "Solutions",
    "Partners",
    "Works",
]
LEGAL_FORM = {"DE": "GmbH", "FR": "SARL", "GB": "Ltd", "US": "LLC"}

# Agent: (purpose, skills); the skills come from the same list as people's.
AGENTS = [
    ("Invoice Reader", "Reads supplier invoices and drafts the entries", ["Bookkeeping", "Data modelling"]),
    ("Support Triage", "Sorts tickets and proposes an answer", ["Ticketing", "Customer service"]),
    ("Contract Summariser", "Summarises supplier contracts with their clauses", ["Documentation", "Requirements"]),
    ("Code Reviewer", "Comments on changes and points out risks", ["Python", "Testing"]),
    ("Test Writer", "Writes tests for changed code", ["Test automation", "Python"]),
    ("Demand Forecaster", "Forecasts demand by part and week", ["Demand planning", "Statistics"]),
    ("Meeting Scribe", "Writes minutes and lists what was decided", ["Documentation"]),
    ("Translator", "Translates manuals and messages", ["Translation"]),
    ("Report Builder", "Builds the weekly reports from the warehouse", ["SQL", "Reporting"]),
    ("Anomaly Watcher", "Watches machine signals for what is unusual", ["Machine learning", "Statistics"]),
    ("Sourcing Scout", "Finds candidates and suppliers by skill", ["Sourcing"]),
    ("Access Auditor", "Compares access rights with roles", ["Identity management", "Auditing"]),
]
