/** Tags balanced and attributes quoted: what an XML parser would refuse first. */
export function wellFormed(xml: string): boolean {
  const open: string[] = []
  const text = xml.replace(/<\?[^>]*\?>/g, '').replace(/<style>[\s\S]*?<\/style>/g, '')
  const tag = /<(\/?)([\w:]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g
  for (const [, closing, name = '', , self] of text.matchAll(tag)) {
    if (closing) {
      if (open.pop() !== name) return false
    } else if (!self) open.push(name)
  }
  return open.length === 0 && !/[<>]/.test(text.replace(tag, '')) && !/&(?!\w+;|#\d+;)/.test(text)
}
