"""The landing's words on what happens after paying, and its common questions. HTML of ours, nothing of visitors."""

WAYS = [
    (
        "Lo ves nacer",
        "En cuanto Stripe confirma tu pago empezamos, y cada paso aparece en tu pantalla. Si la cierras, sigue igual.",
    ),
    (
        "Entras",
        "Tu Odoo tiene su propia dirección. Eliges tu contraseña en la misma página, o con el enlace que te "
        "llega por correo.",
    ),
    (
        "Lo llevas tú",
        "En tu cuenta ves el próximo cobro, descargas tus facturas, cambias la tarjeta o cancelas, sin "
        "escribir a nadie.",
    ),
]

QUESTIONS = [
    (
        "¿Qué recibo exactamente?",
        "Un Odoo 19 propio, con su dirección y su base de datos, separada de las demás. Tu empresa, tu país, "
        "tu moneda y tu "
        "usuario ya están creados cuando entras por primera vez.",
    ),
    (
        "¿Cómo se paga?",
        "Con tarjeta, en la página de pago de Stripe. Los números de tu tarjeta no pasan por nosotros. "
        "Recibes una factura "
        "por cada cobro.",
    ),
    (
        "¿Puedo cancelar cuando quiera?",
        "Sí, desde tu cuenta. Sigues usando tu Odoo hasta el final del periodo que ya pagaste, y puedes "
        "arrepentirte antes.",
    ),
    (
        "¿Y si algo falla al crearlo?",
        "Te lo decimos en la misma página y nuestro equipo lo ve al momento. No tienes que pagar otra vez ni "
        "volver a "
        "rellenar nada: seguimos con el mismo pedido.",
    ),
    (
        "¿Puedo elegir cualquier nombre?",
        "Cualquiera que esté libre: de 3 a 31 letras sin tildes, números o guiones, empezando por una letra. "
        "Arriba puedes "
        "probar el tuyo.",
    ),
]
