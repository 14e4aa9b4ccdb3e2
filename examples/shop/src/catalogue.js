/** What the shop sells. Prices are whole cents: money is never a fraction. */
export const currency = 'EUR';

const products = [
  { sku: 'note-a5', name: 'Notebook A5, dotted', unitCents: 895 },
  { sku: 'note-a6', name: 'Notebook A6, plain', unitCents: 595 },
  { sku: 'pencil-hb', name: 'Pencil HB', unitCents: 115 },
  { sku: 'fountain-pen', name: 'Fountain pen, steel nib', unitCents: 3615 },
  { sku: 'ink-blue', name: 'Ink, Blå fjord, 50 ml', unitCents: 1290 },
  { sku: 'postcard', name: 'Postcard, Grüße aus Köln', unitCents: 120 },
  { sku: 'desk-lamp', name: 'Desk lamp, brass', unitCents: 12500 },
  { sku: 'envelope-25', name: 'Envelopes C6, 25 pieces', unitCents: 449 },
];

const bySku = new Map(products.map((product) => [product.sku, product]));

export function allProducts() {
  return products;
}

/** The product of this number, or undefined. */
export function productOf(sku) {
  return bySku.get(sku);
}
