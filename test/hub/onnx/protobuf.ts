// Protobuf messages as lists of fields, to take ONNX files apart and put others together.

export type Value = number | Uint8Array;
/** Numbers are varints; bytes have their length before them. */
export type Fields = [field: number, value: Value][];

const encoder = new TextEncoder();

export function text(value: string): Uint8Array {
  return encoder.encode(value);
}

export function encode(fields: Fields): Buffer {
  return Buffer.concat(
    fields.flatMap(([field, value]) =>
      typeof value === 'number'
        ? [varint(field * 8), varint(value)]
        : [varint(field * 8 + 2), varint(value.length), value],
    ),
  );
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** Fields of four bytes (floats) are left out: nothing here asks for them. */
export function decode(bytes: Uint8Array): Fields {
  const fields: Fields = [];
  let at = 0;
  const next = (): number => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const tag = next();
    if (tag % 8 === 5) at += 4;
    else if (tag % 8 === 0) fields.push([tag >> 3, next()]);
    else {
      const length = next();
      fields.push([tag >> 3, bytes.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}

export function bytesOf(fields: Fields, field: number): Uint8Array[] {
  return fields.flatMap(([number, value]) => (number === field && typeof value !== 'number' ? [value] : []));
}

export function textOf(fields: Fields, field: number): string {
  return new TextDecoder().decode(bytesOf(fields, field)[0]);
}
