import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";
import { refused } from "./refused.twin.ts";
import type { Table } from "./table.ts";
import { textsFromTable } from "./texts.ts";

const parse = (text: string, source = "reviews.csv"): Promise<Table> => parseCsv(text, { source });

describe("textsFromTable", () => {
  it("takes the columns named, and keeps texts as they are", async () => {
    const table = await parse('review,sentiment\n" good, so\nso ", 1 \nbad,0');
    expect(textsFromTable(table, { text: "review", label: "sentiment" })).toEqual({
      kind: "texts",
      name: "reviews",
      source: "reviews.csv",
      train: { texts: [" good, so\nso ", "bad"], labels: ["1", "0"], rows: [2, 3] },
      table,
      columns: { text: "review", label: "sentiment" },
    });
  });

  it("takes text and label when none are named", async () => {
    expect(textsFromTable(await parse("label,text\n1,a")).train).toEqual({ texts: ["a"], labels: ["1"], rows: [2] });
  });

  it.each([
    [{}, "data/which-column", 'which column of reviews.csv holds the texts is not said; it has "review", "label"'],
    [{ text: "Review" }, "data/missing-column", 'Did you mean "review"? Columns are: "review", "label".'],
    [{ text: "review", label: "x" }, "data/missing-column", 'No column "x" in reviews.csv'],
    [{ text: "label" }, "usage/column", "Texts and labels are both said to be"],
  ])("names the columns there are for %j", async (options, code, message) => {
    const error = await refused(async () => textsFromTable(await parse("review,label\na,1"), options));
    expect(error.code).toBe(code);
    expect(error.message.toLowerCase()).toContain(message.toLowerCase());
  });

  it("refuses a missing label, naming its row", async () => {
    const error = await refused(async () => textsFromTable(await parse("text,label\na,1\nb, ")));
    expect(error.code).toBe("data/missing-label");
    expect(error.message).toContain('Row 3 of reviews.csv: expected a label in column "label", found nothing');
    expect(textsFromTable(await parse("text,label\na,NA\nnull,none")).train.labels).toEqual(["NA", "none"]);
  });

  it("parts rows by a column split of train and test, and by no other", async () => {
    const split = textsFromTable(await parse("text,label,split\na,1,train\nb,1,test\nc,0,train"));
    expect(split.train).toEqual({ texts: ["a", "c"], labels: ["1", "0"], rows: [2, 4] });
    expect(split.test).toEqual({ texts: ["b"], labels: ["1"], rows: [3] });
    expect(textsFromTable(await parse("text,label,split\na,1,train\nb,1,dev")).test).toBeUndefined();
  });

  it("takes another table to test on, and refuses labels only it has", async () => {
    const table = await parse("text,label\na,1\nb,0");
    const test = await parse("label,text\n0,c\n 1,d", "test.csv");
    expect(textsFromTable(table, { test }).test).toEqual({ texts: ["c", "d"], labels: ["0", "1"], rows: [2, 3] });
    const unseen = await parse("text,label\nc,1\nd,2", "test.csv");
    const error = await refused(() => textsFromTable(table, { test: unseen }));
    expect(error.code).toBe("data/unseen-label");
    expect(error.message).toContain(
      'Row 3 of test.csv: label "2" never occurs in the training part, whose labels are "0", "1"',
    );
  });

  it("is safe from labels that objects have", async () => {
    const data = textsFromTable(await parse("text,label\na,__proto__\nb,constructor"));
    expect(data.train.labels).toEqual(["__proto__", "constructor"]);
  });
});
