"""The legal texts: sections of paragraphs. {operator} and {email} are who runs this installation."""

REVISED = "24 de noviembre de 2026"

TERMS = [
    (
        "Quién presta el servicio",
        [
            "Alta es un servicio de {operator}. Puedes escribirnos a {email} para cualquier cosa relacionada "
            "con tu cuenta."
        ],
    ),
    (
        "Qué contratas",
        [
            "Una instalación de Odoo para tu empresa, en una dirección propia, alojada y mantenida por "
            "nosotros, con los límites "
            "del plan que elijas. Odoo es un programa de Odoo S.A.; nosotros lo alojamos y no somos esa empresa."
        ],
    ),
    (
        "Precio y cobros",
        [
            "El precio es el que ves antes de pagar, por mes o por año según elijas. Se cobra por adelantado "
            "al principio de cada "
            "periodo, en la tarjeta que indiques en la página de pago de Stripe, y recibes una factura por "
            "cada cobro.",
            "Si un cobro falla, se vuelve a intentar y lo ves en tu cuenta. Si el pago sigue pendiente, "
            "tu Odoo puede quedar "
            "suspendido: no se borra, y vuelve a funcionar al pagar.",
        ],
    ),
    (
        "Cancelar",
        [
            "Puedes cancelar en cualquier momento desde tu cuenta. Tu Odoo sigue en marcha hasta el final "
            "del periodo pagado y "
            "después se archiva. Hasta ese día puedes echarte atrás con un clic.",
        ],
    ),
    (
        "Tus datos y tu uso",
        [
            "Lo que guardas en tu Odoo es tuyo. Puedes pedirnos una copia escribiendo a {email}.",
            "No uses el servicio para nada ilegal, para enviar correo no solicitado ni para atacar a otros. "
            "Si ocurre, podemos "
            "suspenderlo y te diremos por qué.",
        ],
    ),
    (
        "Responsabilidad",
        [
            "Trabajamos para que tu Odoo esté siempre disponible, pero ningún servicio lo está sin falta. "
            "Nuestra responsabilidad "
            "por una interrupción se limita a lo que pagaste por el periodo afectado, salvo lo que la ley de "
            "tu país no permita limitar.",
        ],
    ),
    (
        "Cambios",
        [
            "Si estas condiciones cambian, te avisamos por correo antes de que se apliquen, y puedes "
            "cancelar si no te convencen."
        ],
    ),
]

PRIVACY = [
    ("Quién trata tus datos", ["{operator}. Para preguntas o para ejercer tus derechos, escribe a {email}."]),
    (
        "Qué guardamos y para qué",
        [
            "Tu nombre, correo, empresa, país e identificación fiscal, para prestarte el servicio y facturarlo.",
            "Lo que escribes en el formulario de alta antes de pagar, hasta 30 días, para que no lo pierdas "
            "si cierras la página.",
            "La dirección desde la que inicias sesión y el navegador, para proteger tu cuenta.",
            "Lo que tú guardas en tu Odoo, solo para alojarlo. No lo leemos, salvo que nos pidas ayuda y nos "
            "autorices.",
        ],
    ),
    (
        "Con quién se comparte",
        [
            "Con Stripe, que cobra tu tarjeta: sus números nunca pasan por nosotros. Con nadie más, salvo "
            "obligación legal. "
            "No vendemos datos ni hacemos publicidad con ellos.",
        ],
    ),
    (
        "Cookies",
        [
            "Solo las necesarias: para recordar tu formulario y para mantener tu sesión. Ninguna de publicidad "
            "ni de medición.",
        ],
    ),
    (
        "Tus derechos",
        [
            "Puedes pedir que te mostremos, corrijamos, entreguemos o borremos tus datos escribiendo a {email}. "
            "Las facturas se conservan el tiempo que exige la ley.",
        ],
    ),
]
