"""Opens exported files with independent readers and compares what they say with expected.json.

Usage: readers.py FOLDER. Exits 0 if every reader agrees; each failure is printed.
"""

import csv
import json
import pathlib
import subprocess
import sys
from decimal import Decimal

import openpyxl
import pandas
from beancount import loader
from beancount.core import data
from beancount.core.inventory import Inventory

FOLDER = pathlib.Path(sys.argv[1])
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8"))
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SUM_COLUMN = {"sales": "net_received", "receipts": "amount"}
# What the sample's days leave in the accounts: received - refunds - fees, and each account's own balance.
BALANCES = {
    "Assets:WeChat": Decimal("1234.56") + Decimal("355.80") - Decimal("22.00") - Decimal("0.90"),
    "Assets:Alipay": Decimal("14.98"),
    "Assets:Cash": Decimal("200.00"),
    "Assets:UnionPay": Decimal("87.95"),
    "Assets:ECNY": Decimal("1.00"),
    "Assets:Bank": Decimal("1000000.00"),
    "Expenses:Fees": Decimal("0.95"),
}
BALANCES["Income:Sales"] = -sum(BALANCES.values())


def fen(value):
    amount = (Decimal(str(value)) * 100).quantize(Decimal("0.0001"))
    assert amount == int(amount), f"{value} is not whole fen"
    return int(amount)


def table_sum(frame, table):
    if table == "days":
        return sum(map(fen, frame["received"])) - sum(map(fen, frame["refund"]))
    return sum(map(fen, frame[SUM_COLUMN[table]])) if table in SUM_COLUMN else 0


def english(frame, table):
    """Chinese headers stand where the keys stand."""
    keys = list(pandas.read_csv(FOLDER / f"{table}.csv", dtype=str, nrows=0).columns)
    assert len(keys) == len(frame.columns)
    return frame.set_axis(keys, axis=1)


def guard(text):
    return "'" + text if text.lstrip("'").startswith(TRIGGERS) else text


def check_csv(path, want):
    excel = want["preset"] == "excel_zh"
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") == excel
    raw.decode("utf-8")
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig" if excel else "utf-8")
    frame = english(frame, want["table"])
    assert len(frame) == want["rows"], len(frame)
    assert table_sum(frame, want["table"]) == want["sum"]
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert {len(row) for row in rows} == {len(frame.columns)}
    text = {"sales": "payer_note", "receipts": "payer_note", "journal": "after"}.get(want["table"])
    if text:
        at = list(frame.columns).index(text)
        assert [row[at] for row in rows[1 : len(want["notes"]) + 1]] == [guard(n) for n in want["notes"]]


def check_xlsx(path, want):
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref, (sheet.freeze_panes, sheet.auto_filter.ref)
    assert book.worksheets[-1].title == "汇总"
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            assert cell.data_type != "f", cell.coordinate
            if isinstance(cell.value, str):
                assert cell.number_format == "@"
                assert cell.quotePrefix == bool(cell.value.lstrip("'").startswith(TRIGGERS)), cell.value
    frame = english(pandas.read_excel(path, sheet_name=0, keep_default_na=False), want["table"])
    assert len(frame) == want["rows"]
    assert table_sum(frame, want["table"]) == want["sum"]
    summary = {row[0]: row[1] for row in book["汇总"].iter_rows(values_only=True) if row[0]}
    assert summary["行数"] == want["rows"], summary
    if want["table"] != "journal":
        assert fen(summary["合计"]) == want["sum"], summary
    if want["table"] == "sales":
        assert str(frame["paid_at"][0]) == "2026-11-20 12:00:00", frame["paid_at"][0]
        assert str(frame["opened_at"][0]) == "2026-11-20 11:59:39", frame["opened_at"][0]
        assert str(frame["business_date"][0])[:10] == "2026-11-20"
        assert frame["provider_ref"][0] == "4200000000202611200000000001"
        money = sheet.cell(2, list(frame.columns).index("gross") + 1)
        assert money.number_format == "0.00" and money.data_type == "n"


def check_signed_csv(path, want):
    frame = pandas.read_csv(path, dtype=str)
    column, order = ("Amount", "%m/%d/%Y") if want["preset"] == "quickbooks" else ("*Amount", "%d/%m/%Y")
    assert len(frame) == want["lines"]
    dates = pandas.to_datetime(frame["Date" if column == "Amount" else "*Date"], format=order)
    assert str(dates.min())[:10] == "2026-11-19" and str(dates.max())[:10] == "2026-12-01"
    assert sum(map(fen, frame[column])) == want["sum"] - fen(BALANCES["Expenses:Fees"])


def check_gnucash(path, want):
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    assert len(frame) == want["lines"]
    frame["amount"] = [fen(d or 0) - fen(w or 0) for d, w in zip(frame["Deposit"], frame["Withdrawal"])]
    assert (frame.groupby("Transaction ID")["amount"].sum() == 0).all()
    sums = frame.groupby("Account")["amount"].sum().to_dict()
    assert sums == {name: fen(value) for name, value in BALANCES.items()}, sums


def check_beancount(path, want):
    subprocess.run([sys.executable, "-m", "beancount.scripts.check", str(path)], check=True)
    entries, errors, _ = loader.load_file(str(path))
    assert not errors, errors
    balances = {}
    for entry in entries:
        if isinstance(entry, data.Transaction):
            assert entry.links and entry.payee == "钱台 \"小店\" =二号", entry.payee
            for posting in entry.postings:
                balances.setdefault(posting.account, Inventory()).add_amount(posting.units)
    got = {name: inventory.get_currency_units("CNY").number for name, inventory in balances.items()}
    assert got == BALANCES, got
    zs = [entry.meta.get("till-z") for entry in entries if isinstance(entry, data.Transaction)]
    assert zs == ["117", "118,119", None, None], zs


def check_ledger(path, want):
    subprocess.run(["hledger", "-f", str(path), "check", "-s"], check=True)
    out = subprocess.run(
        ["hledger", "-f", str(path), "bal", "-N", "-O", "csv"], check=True, capture_output=True, text=True
    ).stdout
    rows = list(csv.reader(out.splitlines()))[1:]
    got = {name: Decimal(amount.replace(" CNY", "").replace("CNY", "")) for name, amount in rows}
    assert got == BALANCES, got
    out = subprocess.run(
        ["ledger", "-f", str(path), "--strict", "--args-only", "bal", "--flat", "--no-total", "--format",
         "%(account)\t%(quantity(display_total))\n"],
        check=True, capture_output=True, text=True,
    )
    assert not out.stderr, out.stderr
    got = {name: Decimal(amount) for name, amount in (line.split("\t") for line in out.stdout.splitlines())}
    assert got == BALANCES, got


def check_voucher(path, want):
    cloud = want["preset"] == "kingdee_cloud"
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    keys, rows = rows[0], [dict(zip(rows[0], row)) for row in rows[2 if cloud else 1 :]]
    assert len(rows) == want["lines"]
    if cloud:
        assert sheet.title == "凭证#单据头(FBillHead)" and "*Split*1" in keys
        code, debit, credit, number = "FACCOUNTID", "FDEBIT", "FCREDIT", "FBillHead(GL_VOUCHER)"
    else:
        code = "科目代码" if want["preset"] == "kingdee" else "科目编码"
        debit, credit = "借方金额", "贷方金额"
        number = "凭证号" if want["preset"] == "kingdee" else "凭证字号"
    sums, sales, current = {}, 0, None
    for row in rows:
        current = row[number] or current
        key = (current, row.get("凭证日期"))
        assert isinstance(row[code], str), row[code]
        signed = fen(row[debit] or 0) - fen(row[credit] or 0)
        sums[key] = sums.get(key, 0) + signed
        sales += signed if row[code] == "5001" else 0
    assert len(sums) == 4 and not any(sums.values()), sums
    assert sales == fen(BALANCES["Income:Sales"])


def check_yonyou_txt(path, want):
    raw = path.read_bytes()
    lines = raw.decode("gbk").split("\r\n")
    assert lines[0] == "填制凭证,V800" and lines[-1] == ""
    fields = [line.split(",") for line in lines[1:-1]]
    assert len(fields) == want["lines"] and {len(f) for f in fields} == {48}
    sums = {}
    for f in fields:
        sums[(f[0][:7], f[2])] = sums.get((f[0][:7], f[2]), 0) + fen(f[6]) - fen(f[7])
    assert len(sums) == 4 and not any(sums.values()), sums


def check_with_libreoffice():
    """Workbooks to CSV, CSV to workbooks: the sums stay, formulas do not come alive, long numbers stay whole."""
    out = FOLDER / "libreoffice"
    books = [str(FOLDER / f"{table}.xlsx") for table in ("sales", "receipts", "days", "journal")]
    base = ["soffice", f"-env:UserInstallation=file://{FOLDER}/profile", "--headless"]
    text = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
    subprocess.run([*base, "--convert-to", text, "--outdir", str(out), *books], check=True, capture_output=True)
    found = sorted(out.glob("*.csv"))
    assert len(found) == 4, found
    for path in found:
        table = path.name.split(".")[0].split("-")[0]
        frame = english(pandas.read_csv(path, dtype=str, keep_default_na=False), table)
        want = EXPECTED[f"{table}.xlsx"]
        assert len(frame) == want["rows"] and table_sum(frame, table) == want["sum"], path
        if table == "sales":
            assert frame["paid_at"][0] == "2026-11-20 12:00:00" and frame["business_date"][0] == "2026-11-20"
            assert frame["provider_ref"][0] == "4200000000202611200000000001"
            assert list(frame["payer_note"])[2:4] == want["notes"][2:4]
    back = [*base, "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "--convert-to", "xlsx"]
    excel = FOLDER / "sales.excel_zh.csv"
    subprocess.run([*back, "--outdir", str(out), str(excel)], check=True, capture_output=True)
    sheet = openpyxl.load_workbook(out / "sales.excel_zh.xlsx").worksheets[0]
    assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert sheet["A1"].value == "营业日" and sheet.max_row == EXPECTED["sales.excel_zh.csv"]["rows"] + 1


CHECKS = {
    "csv": check_csv, "excel_zh": check_csv, "xlsx": check_xlsx, "quickbooks": check_signed_csv,
    "xero": check_signed_csv, "gnucash": check_gnucash, "beancount": check_beancount, "ledger": check_ledger,
    "kingdee": check_voucher, "kingdee_cloud": check_voucher, "yonyou": check_voucher, "yonyou_txt": check_yonyou_txt,
}


def main():
    failures = 0
    jobs = [(name, lambda n=name, w=want: CHECKS[w["preset"]](FOLDER / n, w)) for name, want in EXPECTED.items()]
    for name, job in [*jobs, ("libreoffice", check_with_libreoffice)]:
        try:
            job()
            print(f"ok      {name}")
        except Exception as error:  # every reader gets its say before the run fails
            failures += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}")
    sys.exit(1 if failures else 0)


main()
