"""A one-page PDF, written by hand: text lines on A4 in the reader's own Helvetica."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A line of text at a place in points from the lower left corner. `right` ends it there, roughly."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False
    right: bool = False


def document(title: str, texts: list[Text]) -> bytes:
    """The bytes of the PDF. Characters that WinAnsi does not have become question marks."""
    content = "\n".join(_draw(text) for text in texts).encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (es) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        b"<< /Title (%s) /Producer (Alta sandbox) >>" % _escape(title).encode("cp1252", "replace"),
    ]
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def _draw(text: Text) -> str:
    # Helvetica's digits are 0.556 em wide, its letters about as much: near enough to align amounts.
    x = text.x - len(text.text) * text.size * 0.53 if text.right else text.x
    font = "F2" if text.bold else "F1"
    return f"BT /{font} {text.size:g} Tf {x:.1f} {text.y:.1f} Td ({_escape(text.text)}) Tj ET"


def _escape(text: str) -> str:
    # The non-breaking spaces of formatted amounts are in WinAnsi, the narrow ones are not.
    plain = text.replace("\u202f", "\u00a0").replace("\r", " ").replace("\n", " ")
    return plain.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
