"""A harmless document of one page, for starting a viewer warm."""

OBJECTS = (
    b'<</Type/Catalog/Pages 2 0 R>>',
    b'<</Type/Pages/Kids[3 0 R]/Count 1>>',
    b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>',
    b'<</Length 40>>stream\nBT /F 24 Tf 40 100 Td (Good morning) Tj ET\nendstream',
    b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
)


def pdf():
    data, places = b'%PDF-1.4\n', []
    for number, text in enumerate(OBJECTS, 1):
        places.append(len(data))
        data += b'%d 0 obj%s\nendobj\n' % (number, text)
    table = b''.join(b'%010d 00000 n \n' % place for place in places)
    return data + b'xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (table, len(data))
