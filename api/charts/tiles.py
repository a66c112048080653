"""The 101 departments as equal tiles: a department of few people is seen as well as a large one.

Each tile keeps its neighbours as far as a grid lets it; overseas stands in a column of its own.
"""

_LAYOUT = """
..  ..  ..  ..  ..  ..  ..  62  59  ..  ..  ..
..  ..  ..  ..  ..  76  80  60  02  08  ..  ..
..  ..  ..  50  14  27  95  93  77  51  55  57
29  22  ..  ..  61  78  92  75  94  10  54  67
..  56  35  53  72  28  91  45  89  52  88  68
..  ..  44  49  37  41  18  58  21  70  25  90
..  ..  85  79  86  36  23  03  71  39  ..  ..
..  ..  ..  17  16  87  19  63  69  01  74  ..
971 ..  ..  33  24  46  15  43  42  38  73  ..
972 ..  ..  40  47  82  12  48  07  26  05  ..
973 ..  ..  64  32  31  81  30  84  04  06  ..
974 ..  ..  ..  65  09  11  34  13  83  ..  2B
976 ..  ..  ..  ..  ..  66  ..  ..  ..  ..  2A
"""

TILES: dict[str, tuple[int, int]] = {
    code: (column, row)
    for row, line in enumerate(_LAYOUT.strip().splitlines())
    for column, code in enumerate(line.split())
    if code != ".."
}
"""Column and row of each department, from the top left."""
