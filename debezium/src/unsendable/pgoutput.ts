/**
 * Reads what PostgreSQL's plugin `pgoutput` wrote for inserts: per column its text, or null.
 * https://www.postgresql.org/docs/17/protocol-logicalrep-message-formats.html
 */
export type Inserted = ReadonlyMap<string, string | null>;

/** The rows inserted by these messages, in order. Other messages (begin, commit, types, updates) are ignored. */
export function insertedRows(messages: readonly Buffer[]): Inserted[] {
  const relations = new Map<number, string[]>();
  const rows: Inserted[] = [];
  for (const message of messages) {
    const reader = new Reader(message);
    switch (reader.char()) {
      case 'R':
        relations.set(reader.int32(), columnsOf(reader));
        break;
      case 'I': {
        const columns = relations.get(reader.int32());
        if (columns === undefined)
          throw new Error('an insert into a relation that was not described');
        rows.push(rowOf(reader, columns));
      }
    }
  }
  return rows;
}

function columnsOf(reader: Reader): string[] {
  reader.text(); // schema
  reader.text(); // table
  reader.char(); // replica identity
  return Array.from({ length: reader.int16() }, () => {
    reader.char(); // whether it is part of the key
    const name = reader.text();
    reader.int32(); // type
    reader.int32(); // type modifier
    return name;
  });
}

function rowOf(reader: Reader, columns: readonly string[]): Inserted {
  reader.char(); // N: a new tuple follows
  const count = reader.int16();
  return new Map(
    columns
      .slice(0, count)
      .map((name): [string, string | null] => [
        name,
        reader.char() === 't' ? reader.bytes(reader.int32()).toString('utf8') : null,
      ]),
  );
}

class Reader {
  private at = 0;

  constructor(private readonly message: Buffer) {}

  char(): string {
    return String.fromCharCode(this.message.readUInt8(this.at++));
  }

  int16(): number {
    return this.message.readInt16BE((this.at += 2) - 2);
  }

  int32(): number {
    return this.message.readInt32BE((this.at += 4) - 4);
  }

  bytes(length: number): Buffer {
    return this.message.subarray(this.at, (this.at += length));
  }

  text(): string {
    const end = this.message.indexOf(0, this.at);
    const text = this.message.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
}
