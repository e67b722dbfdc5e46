"""Who the demo's customers are and what became of them: data for `demo_past`."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Life:
    """One customer: `day` of the past year on which they bought, and `acts`: days after that, and what they did then.

    Acts: `refused` and `paid` (the bank refuses the card; a new one is given), `leaves`, `plan:CODE:INTERVAL`,
    `extra:CODE:PIECES`, `refund`, `transfer` (bills by bank transfer from then on) and `settles` (staff note it).
    """

    company: str
    person: str
    country: str
    plan: str
    interval: str
    day: int
    acts: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        """`panaderia-sol`."""
        return _plain(self.company)

    @property
    def email(self) -> str:
        """`marta@panaderia-sol.example`."""
        return f"{_plain(self.person.split()[0])}@{self.name}.example"


def _plain(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    return "-".join(plain.split())


LATE, LOST = ((35, "refused"), (68, "paid")), ((40, "refused"),)

LIVES = (
    Life("Panadería Sol", "Marta Jiménez", "DO", "pyme", "month", 2,
         ((95, "extra:espacio:1"), (210, "plan:empresa:month"))),
    Life("Ferretería El Martillo", "Luis Peña", "DO", "basico", "month", 6),
    Life("Café Altura", "Daniela Rojas", "CR", "basico", "month", 15, ((120, "plan:pyme:month"),)),
    Life("Transportes del Norte", "Óscar Ibarra", "MX", "empresa", "year", 21),
    Life("Boutique Lila", "Carla Méndez", "DO", "basico", "month", 33, ((80, "leaves"),)),
    Life("Óptica Visión Clara", "Jorge Salas", "CO", "pyme", "month", 41, LATE),
    Life("Agro Valle Verde", "Inés Castaño", "CO", "pyme", "year", 52),
    Life("Taller Rueda", "Pablo Rueda", "EC", "basico", "month", 60, LOST),
    Life("Clínica Santa Rita", "Elena Vidal", "PE", "empresa", "month", 67, ((100, "extra:copia:1"),)),
    Life("Librería Tinta", "Andrés Mora", "CO", "basico", "month", 79),
    Life("Distribuidora Caribe", "Rosa Almonte", "DO", "pyme", "month", 88,
         ((30, "transfer"), (70, "settles"), (100, "settles"))),
    Life("Constructora Andina", "Felipe Torres", "CL", "empresa", "year", 97),
    Life("Florería Jazmín", "Lucía Herrera", "MX", "basico", "month", 103, ((50, "plan:pyme:year"),)),
    Life("Gimnasio Pulso", "Marcos Díaz", "AR", "pyme", "month", 112, ((150, "leaves"),)),
    Life("Papelería Central", "Nuria Campos", "ES", "pyme", "month", 120, ((40, "refund"),)),
    Life("Mariscos La Ola", "Iván Quintero", "MX", "basico", "month", 128),
    Life("Estudio Norte", "Paula Serrano", "ES", "pyme", "year", 139),
    Life("Imprenta Rápida", "Rafael Ortiz", "DO", "pyme", "month", 147, LATE),
    Life("Farmacia del Parque", "Silvia Guzmán", "DO", "pyme", "month", 155, ((60, "extra:espacio:2"),)),
    Life("Hotel Brisas", "Tomás Arango", "CO", "empresa", "month", 163),
    Life("Joyería Ámbar", "Yolanda Pérez", "DO", "basico", "month", 170, LOST),
    Life("Muebles Roble", "Diego Fuentes", "CL", "pyme", "month", 178, ((90, "plan:basico:month"),)),
    Life("Veterinaria Huellas", "Adriana León", "PE", "basico", "month", 186),
    Life("Escuela Puente", "Manuel Rivas", "EC", "pyme", "year", 195),
    Life("Importadora Delta", "Gabriela Núñez", "UY", "empresa", "month", 203),
    Life("Helados Polo", "Bruno Sosa", "AR", "basico", "month", 211, ((70, "leaves"),)),
    Life("Consultora Faro", "Irene Molina", "ES", "pyme", "month", 220, ((35, "plan:empresa:month"),)),
    Life("Repuestos Mundial", "Héctor Báez", "DO", "pyme", "month", 228),
    Life("Textiles Quetzal", "Mónica Chávez", "MX", "pyme", "month", 237, LATE),
    Life("Apícola Monte Alto", "Sergio Leiva", "CR", "basico", "month", 246),
    Life("Dental Sonrisa", "Beatriz Acosta", "DO", "pyme", "month", 254),
    Life("Bodega San Telmo", "Julio Paredes", "AR", "basico", "month", 263),
    Life("Logística Puerto", "Camila Ríos", "CL", "empresa", "month", 271, ((40, "extra:espacio:3"),)),
    Life("Catering Mesa Larga", "Raúl Cordero", "ES", "basico", "month", 280),
    Life("Electro Hogar", "Patricia Mejía", "DO", "pyme", "month", 289),
    Life("Viveros Laurel", "Esteban Rojas", "CO", "basico", "month", 298, ((33, "refused"),)),
    Life("Academia Ritmo", "Natalia Suárez", "PE", "pyme", "month", 309),
    Life("Carnes del Sur", "Gustavo Prieto", "UY", "pyme", "month", 322),
    Life("Seguros Horizonte", "Laura Benítez", "MX", "empresa", "month", 338),
    Life("Ópera Producciones", "Víctor Lara", "CO", "pyme", "month", 351),
)  # fmt: skip
OWNER = LIVES[0]  # whose login the tour names
