/** What an order costs. Pure; every sum is in whole cents. */

/** Buying many of one thing is cheaper. */
const quantityDiscount = { fromQuantity: 10, percent: 5 };

/** So is a large order, on top of that. The highest step comes first. */
const orderDiscounts = [
  { fromCents: 25_000, percent: 10 },
  { fromCents: 10_000, percent: 5 },
];

/** A share of a sum, rounded half up to the cent. */
export function percentOf(cents, percent) {
  return Math.round((cents * percent) / 100);
}

function priceLine({ product, quantity }) {
  const grossCents = product.unitCents * quantity;
  const discountCents =
    quantity >= quantityDiscount.fromQuantity ? percentOf(grossCents, quantityDiscount.percent) : 0;
  return { sku: product.sku, quantity, unitCents: product.unitCents, discountCents, grossCents };
}

function orderDiscountOf(cents) {
  const step = orderDiscounts.find(({ fromCents }) => cents >= fromCents);
  return step ? percentOf(cents, step.percent) : 0;
}

function sum(lines, field) {
  return lines.reduce((total, line) => total + line[field], 0);
}

/**
 * Prices an order.
 * @param {{product: {sku: string, unitCents: number}, quantity: number}[]} items
 */
export function priceOrder(items) {
  const lines = items.map(priceLine);
  const subtotalCents = sum(lines, 'grossCents');
  const linesDiscountCents = sum(lines, 'discountCents');
  const orderDiscountCents = orderDiscountOf(subtotalCents - linesDiscountCents);
  const discountCents = linesDiscountCents + orderDiscountCents;
  return {
    lines,
    subtotalCents,
    orderDiscountCents,
    discountCents,
    totalCents: subtotalCents - discountCents,
  };
}
