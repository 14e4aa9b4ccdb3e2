/**
 * What a report still says against a pass, and how many passes it holds at most, found by the plainest of means: a
 * search in its text. A reader that knows a format well must not come to a better end than somebody who does not.
 */
export type Facts = (text: string) => string[];

/** Every place that matches is a fact. */
export function matching(pattern: RegExp): Facts {
  return (text) => [...text.matchAll(new RegExp(pattern, `g${pattern.flags}`))].map(([found]) => found);
}

/** A number behind something is a fact where it is worse than allowed. */
export function numberBehind(before: RegExp, isBad: (value: number) => boolean): Facts {
  const pattern = new RegExp(`(?:${before.source})(-?[\\d.]+(?:[eE][+-]?\\d+)?)(?![\\w.])`, 'g');
  return (text) =>
    [...text.matchAll(pattern)].filter(([, value]) => isBad(Number(value))).map(([found]) => found);
}

/** Two numbers, of which the second ought to be as high as the first. */
export function pairs(pattern: RegExp): Facts {
  return (text) =>
    [...text.matchAll(new RegExp(pattern, `g${pattern.flags}`))]
      .filter(([, total, covered]) => Number(covered) < Number(total))
      .map(([found]) => found);
}

export function all(...facts: Facts[]): Facts {
  return (text) => facts.flatMap((one) => one(text));
}

/** Of XML: nothing in a comment, in CDATA or in a processing instruction says anything. */
export function inMarkup(facts: Facts): Facts {
  return (text) => facts(text.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>/g, ''));
}
