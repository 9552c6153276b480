/**
 * The tags of an XML document: all that a reader of GPX needs.
 *
 * The browser's own parser answers a damaged file with a page of inline style, which the
 * policy of this page refuses, aloud.
 */
export interface Tag {
  /** Without its prefix. */
  readonly name: string;
  readonly attribute: (name: string) => string | null;
}

const TAG = String.raw`<(?<slash>/?)(?<name>[^\s<>/="'!?]+)(?<attributes>(?:\s+[^\s<>/="']+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<empty>/?)>`;
const OTHERS = String.raw`<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?[^>]*>`;

/** Opening tags in their order; `null` where the document is not well formed, or breaks off. */
export function openingTags(text: string): Tag[] | null {
  const markup = new RegExp(`${OTHERS}|${TAG}`, "y");
  const tags: Tag[] = [];
  const open: string[] = [];
  for (let at = text.indexOf("<"); at !== -1; at = text.indexOf("<", markup.lastIndex)) {
    markup.lastIndex = at;
    const { name, slash, empty, attributes = "" } = markup.exec(text)?.groups ?? {};
    if (markup.lastIndex === 0) return null;
    if (name === undefined) continue;
    if (slash) {
      if (open.pop() !== name) return null;
      continue;
    }
    tags.push(tagOf(name, attributes));
    if (!empty) open.push(name);
  }
  return open.length === 0 ? tags : null;
}

function tagOf(name: string, attributes: string): Tag {
  return {
    name: name.replace(/^.*:/, ""),
    attribute: (wanted) => {
      for (const [, found, value = ""] of attributes.matchAll(/([^\s=]+)\s*=\s*["']([^"']*)["']/g)) {
        if (found === wanted) return value;
      }
      return null;
    },
  };
}
