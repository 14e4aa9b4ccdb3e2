import type { SaxesTagPlain } from 'saxes';
import type { Bom, Component, Vulnerability } from './cyclonedx-bom.ts';
import { Unreadable } from './unreadable.ts';
import { type XmlListener, XmlReader } from './xml-report.ts';

/**
 * Reads a CycloneDX BOM in XML: the vulnerabilities of version 1.4 and later, and those of the extension
 * (`http://cyclonedx.org/schema/ext/vulnerability/1.0`) that stood inside of components before.
 * @throws Unreadable for what is no whole BOM
 */
export async function readXmlBom(report: AsyncIterable<Uint8Array>): Promise<Bom> {
  const reading = new BomReading();
  await reading.xml.read(report);
  return reading.bom;
}

/** Elements whose text is wanted. */
const worded = 'id ref name group version purl score base severity method vector recommendation'.split(' ');

/** More components and vulnerabilities than any BOM has; they are all held in memory. */
const maxEntries = 1_000_000;

type Rating = NonNullable<Vulnerability['ratings']>[number];

class BomReading implements XmlListener {
  readonly xml = new XmlReader(this);
  readonly #components: Component[] = [];
  readonly #tools: { name: string }[] = [];
  #vulnerabilities: Vulnerability[] | undefined;
  /** Names of the open elements, without their prefixes. */
  readonly #open: string[] = [];
  readonly #openComponents: Component[] = [];
  #vulnerability: Vulnerability | undefined;
  #rating: Rating = {};
  #text = '';

  get bom(): Bom {
    return {
      bomFormat: 'CycloneDX',
      metadata: { tools: this.#tools },
      components: this.#components,
      ...(this.#vulnerabilities && { vulnerabilities: this.#vulnerabilities }),
    };
  }

  open({ name: prefixed, attributes }: SaxesTagPlain): void {
    const name = localName(prefixed);
    if (this.#open.length === 0 && name !== 'bom') {
      throw new Unreadable(`not a CycloneDX BOM: its root is <${name}>`);
    }
    this.#open.push(name);
    this.#text = '';
    this.xml.listening = worded.includes(name);
    if (name === 'component') this.#openComponent(attributes);
    else if (name === 'vulnerabilities') this.#vulnerabilities ??= [];
    else if (name === 'vulnerability') this.#openVulnerability(attributes);
    else if (name === 'rating') this.#rating = {};
  }

  text(part: string): void {
    this.#text += part;
  }

  close(prefixed: string): void {
    const name = localName(prefixed);
    this.#open.pop();
    this.xml.listening = false;
    if (name === 'component') this.#openComponents.pop();
    else if (name === 'vulnerability') this.#vulnerability = undefined;
    else if (name === 'rating') this.#vulnerability?.ratings?.push(this.#rating);
    else if (worded.includes(name)) this.#word(name, this.#text.trim());
    this.#text = '';
  }

  #openComponent(attributes: Record<string, string>): void {
    const component: Component = { 'bom-ref': attributes['bom-ref'] };
    this.#openComponents.push(component);
    if (this.#open.includes('tools')) return;
    this.#components.push(component);
    if (this.#components.length > maxEntries)
      throw new Unreadable(`it has more than ${maxEntries} components`);
  }

  #openVulnerability({ ref }: Record<string, string>): void {
    const within = this.#openComponents.at(-1);
    const place = ref ?? within?.['bom-ref'] ?? within?.purl;
    this.#vulnerability = { references: [], ratings: [], affects: place ? [{ ref: place }] : [] };
    this.#vulnerabilities ??= [];
    this.#vulnerabilities.push(this.#vulnerability);
    if (this.#vulnerabilities.length > maxEntries) {
      throw new Unreadable(`it has more than ${maxEntries} vulnerabilities`);
    }
  }

  /** The text of an element, of which the elements around it tell what it is about. */
  #word(name: string, text: string): void {
    const parent = this.#open.at(-1);
    const found = this.#vulnerability;
    if (parent === 'component' || parent === 'tool') this.#describe(name, text, parent === 'tool');
    else if (parent === 'rating') this.#rate(name, text);
    else if (parent === 'score' && name === 'base') this.#rate('score', text);
    else if (!found) return;
    else if (parent === 'reference' && name === 'id') found.references?.push({ id: text });
    else if (parent === 'target' && name === 'ref') found.affects?.push({ ref: text });
    else if (parent === 'vulnerability' && name === 'id') found.id = text;
    else if (name === 'recommendation') found.recommendation = text;
  }

  #describe(name: string, text: string, isTool: boolean): void {
    const component = this.#openComponents.at(-1);
    if (name === 'name' && (isTool || this.#open.includes('tools'))) this.#tools.push({ name: text });
    else if (component && (name === 'name' || name === 'group' || name === 'version' || name === 'purl')) {
      component[name] = text;
    }
  }

  #rate(name: string, text: string): void {
    // The extension has the score in parts, and no text of its own around them.
    if (name === 'score' && text !== '') this.#rating.score = Number(text);
    else if (name === 'severity' || name === 'method' || name === 'vector') this.#rating[name] = text;
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
