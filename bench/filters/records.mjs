// The input of the filter benchmark: 10,000 SQS records with their body parsed, generated from a small random generator so
// that everybody gets the same, and five patterns, with the number of records that each matches.

export const patterns = [
  '{"body":{"type":["order.created","order.updated"],"region":[{"prefix":"eu-"}]}}',
  '{"body":{"amount":[{"numeric":[">",100,"<=",500]}],"currency":[{"anything-but":["USD","EUR"]}]}}',
  '{"body":{"items":{"sku":[{"suffix":"-X"}],"qty":[{"numeric":[">=",6]}]}}}',
  '{"$or":[{"body":{"priority":["high"]}},{"body":{"flags":{"vip":[true]}}}]}',
  '{"body":{"customer":{"email":[{"equals-ignore-case":"Ann@Example.com"}]},"deletedAt":[{"exists":false}]}}',
];

/** How many of the 10,000 records each pattern matches, and how many at least one. */
export const counts = { each: [1_642, 2_048, 2_823, 2_872, 3_672], any: 7_883 };

/** The records as JSON texts. */
export function records(count = 10_000) {
  let state = 42;
  const rnd = (n) => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const pick = (list) => list[rnd(list.length)];
  return Array.from({ length: count }, (_, i) => JSON.stringify(record(i, rnd, pick)));
}

function record(i, rnd, pick) {
  const itemCount = 1 + rnd(4);
  const items = [];
  for (let k = 0; k < itemCount; k++) {
    items.push({
      sku: `SKU-${1_000 + rnd(9_000)}${pick(['-A', '-B', '-X'])}`,
      qty: 1 + rnd(8),
      price: (100 + rnd(99_900)) / 100,
    });
  }
  const body = {
    orderId: `ord-${100_000 + i}`,
    type: pick(['order.created', 'order.updated', 'order.cancelled', 'payment.captured', 'shipment.sent']),
    region: pick(['eu-west-1', 'eu-central-1', 'us-east-1', 'us-west-2', 'ap-south-1']),
    amount: rnd(100_000) / 100,
    currency: pick(['USD', 'EUR', 'GBP', 'SEK']),
    priority: pick(['low', 'normal', 'normal', 'high']),
    flags: { vip: rnd(20) === 0, gift: rnd(2) === 0 },
    customer: {
      id: rnd(50_000),
      email: pick(['ann@example.com', 'BOB@example.com', 'carl@example.org', 'ANN@EXAMPLE.COM', 'dora@example.net']),
      name: pick(['Ann', 'Bob', 'Carl', 'Dora']),
    },
    items,
    note: pick([null, 'leave at door', 'call first']),
  };
  if (rnd(10) === 0) body.deletedAt = '2024-05-01T00:00:00Z';
  return {
    messageId: `059f36b4-87a3-44ab-83d2-${100_000_000_000 + i}`,
    receiptHandle: `AQEB${'x'.repeat(120)}`,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(1_545_082_649_183 + i),
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: String(1_545_082_649_185 + i),
    },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-2:123456789012:my-queue',
    awsRegion: 'us-east-2',
  };
}
