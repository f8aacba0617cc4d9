"""Letters and signs that are not digits, as polylines on a grid, drawn with some jitter.

Each pair of digits is the x and y of a point, y downward; spaces separate strokes. Letters that look like digits are
omitted: O, I, l, S, Z, B, D, G, Q, b, g, q and y.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recipe.negatives.curves import curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe.negatives.curves import Drawing

_JITTER: Final = 0.2

CAPITALS: Final = (
    "062046 1434",  # A
    "41301001050616363545",  # C
    "40000646 0333",  # E
    "400006 0333",  # F
    "0006 4046 0343",  # H
    "4045361605",  # J
    "0006 400346",  # K
    "000646",  # L
    "0600234046",  # M
    "06004640",  # N
    "06003041423303",  # P
    "06003041423303 2346",  # R
    "0040 2026",  # T
    "000516364540",  # U
    "002640",  # V
    "0016233640",  # W
    "0046 4006",  # X
    "002340 2326",  # Y
)
SMALL_LETTERS: Final = (
    "4332120305163645 4246",  # a
    "4332120305163645",  # c
    "4046 4332130405163645",  # d
    "04444332120305163645",  # e
    "0444332203051636",  # e, hastily
    "41302026 0343",  # f
    "0006 0322334346",  # h
    "43483918 4041",  # j
    "0006 320446",  # k
    "0206 03122326 23324346",  # m
    "0206 0422334346",  # n
    "0208 0322334445361605",  # p
    "0206 042242",  # r
    "20253645 0242",  # t
    "020516364542 4246",  # u
    "022642",  # v
    "0216243642",  # w
    "0246 4206",  # x
)
CHINESE: Final = (
    "0262 303206 3266",  # 大
    "0262 3036 3206 3266",  # 木
    "0262 3036 3206 3266 2545",  # 本
    "1016 105056 1353 1656",  # 日
    "1016 105056 1252 1454 1656",  # 目
    "101406 105056 1252 1454",  # 月
    "0006 006066 0363 3036 0666",  # 田
    "0006 005056 0252 0454 3036",  # 用
    "3036 020666 6266",  # 山
    "0105 016165 0565 3038",  # 中
    "0060 0363 0666 3036",  # 王
    "0262 3036 0666",  # 土
    "3036 3262 0666",  # 上
    "0060 3036 3254",  # 下
    "3036 022205 613255",  # 水
    "303206 3266 1022 5042",  # 火
    "3036 1205 5265",  # 小
    "101306 3036 5056",  # 川
    "302356 501606 0262",  # 女
    "105032 323626 0363",  # 子
    "3031 0262 5206 1266",  # 文
    "02525646 301606",  # 力
)
JAPANESE: Final = (
    "503103 3136",  # イ
    "3031 0301 016136",  # ウ
    "1152 0463 2046",  # キ
    "0262 1014 505316",  # サ
    "2003 205026 1334",  # タ
    "0262 303306",  # ナ
    "3031 015206 3336 4365",  # ネ
    "3031 0262 3037 1406 5466",  # ホ
    "1050 0363 303666",  # モ
    "300565 5367",  # ム
    "201406 303662",  # ル
    "000666 0352",  # ヒ
    "1016 1344",  # ト
)
KOREAN: Final = (
    "2040 0161 32232536454332",  # ㅎ
    "0006 5056 0353 0656",  # ㅂ
    "0050 3006 3066",  # ㅈ
    "3031 0161 3106 3166",  # ㅊ
    "50000656 0353",  # ㅌ
    "0060 1016 5056 0666",  # ㅍ
    "2326 4346 0666",  # ㅛ
)
OTHER_SCRIPTS: Final = (
    "0066 0316 5033",  # א
    "020415456462 3738",  # ب
    "024415456462 2021 4041",  # ت
    "0060 3036 3322131434 33526344",  # क
    "0070 5057 5434231415",  # न
    "0006 0144 0345",  # ᚨ, ansuz
    "0006 5056 0053 5003",  # the rune ᛗ, mannaz
    "0006 6066 0066 6006",  # ᛞ, dagaz
    "0006 0042 0244",  # ᚠ, fehu
    "1018 1053 5315",  # ᚹ, wunjo
)
MATHEMATICAL: Final = (
    "432103254361836543",  # ∞
    "0262 0464 5016",  # ≠
    "031223344362 061526354665",  # ≈
    "0363 3031 3536",  # ÷
    "0314264090",  # √
    "3034 0262 0666",  # ±
    "600366",  # <
    "006306",  # >
    "00603600",  # ∇
    "060210305266",  # ∩
    "003660 1343",  # ∀
    "602002042666 0353",  # ∈
    "6006 0010110100 5565665655",  # %
    "2016 5046 0262 0464",  # #
    "6130100105163665 0242 0444",  # €
    "0033 6033 3337 1454 1656",  # ¥
)
PUNCTUATION: Final = (
    "2024 2627",  # !
    "2122 252617",  # ;
    "2021 2526",  # :
    "2012 5042",  # "
    "20000626 40606646",  # [ ]
    "20111526 40515546",  # ( )
    "0001 3031 6061",  # …
    "3021230424 2637",  # {
    "600366 903396",  # «
)
GREEK_AND_RUSSIAN: Final = (
    "4000230646",  # Σ
    "0040 1016 3036",  # Π
    "0003144340 2026",  # Ψ
    "001046 2306",  # λ
    "2026 0046 4006",  # Ж
    "00064046",  # И
    "00064640 2026",  # Ш
    "464010010343 2306",  # Я
)


def letter(shapes: Sequence[str], rng: np.random.Generator) -> Drawing:
    """Draw a random shape with randomly rounded corners, in units of the grid."""
    shape = shapes[int(rng.integers(len(shapes)))]
    jitter, roundness = _JITTER * rng.uniform(), rng.uniform()
    strokes = []
    for word in shape.split():
        points = np.array([[int(x), int(y)] for x, y in zip(word[::2], word[1::2], strict=True)])
        strokes.append(curve(points + jitter * rng.standard_normal(points.shape), roundness))
    return strokes


def letters(rng: np.random.Generator) -> Drawing:
    """Draw two to four separate letters side by side, all upper case or all lower case."""
    alphabet = (CAPITALS, SMALL_LETTERS)[rng.integers(2)]
    row: Drawing = []
    right = 0.0
    for _ in range(rng.integers(2, 5)):
        strokes = letter(alphabet, rng)
        left = min(stroke[:, 0].min() for stroke in strokes)
        row += [stroke + np.array([right - left, 0.0]) for stroke in strokes]
        right = max(stroke[:, 0].max() for stroke in row) + rng.uniform(0.5, 2.0)
    return row
