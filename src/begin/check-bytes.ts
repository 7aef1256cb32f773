/** Refuses files that are no UTF-8 text before a reader makes something else of them. */
import { isUtf8 } from 'node:buffer'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { binaryData, notUtf8 } from '../diagnostics/messages/begin.ts'
import { noExamples } from '../diagnostics/messages/data-files.ts'

/** First bytes of files that are often taken for data, and what to do with them. */
const kinds: readonly { readonly magic: string; readonly found: string; readonly help: string }[] = [
  {
    magic: 'PK\x03\x04',
    found: 'a ZIP file or a spreadsheet',
    help: 'unpack it, or save the sheet as CSV in UTF-8',
  },
  { magic: '%PDF', found: 'a PDF file', help: 'extract its text: pdftotext FILE' },
  {
    magic: 'SQLite format 3',
    found: 'a SQLite database',
    help: 'export a table as CSV: sqlite3 -csv -header',
  },
  {
    magic: '\xd0\xcf\x11\xe0',
    found: 'an old spreadsheet or document',
    help: 'save the sheet as CSV in UTF-8',
  },
  {
    magic: 'BZh',
    found: 'compressed with bzip2',
    help: 'unpack it: bunzip2 FILE; .gz files are read as they are',
  },
  {
    magic: '\xfd7zXZ',
    found: 'compressed with xz',
    help: 'unpack it: unxz FILE; .gz files are read as they are',
  },
  {
    magic: '(\xb5/\xfd',
    found: 'compressed with zstd',
    help: 'unpack it: unzstd FILE; .gz files are read as they are',
  },
]

/**
 * @param bytes of the file, unpacked; possibly only its first ones, to the end of a line
 * @throws DiagnosticError E0806 (empty), E0932 (binary), E0934 (another encoding)
 */
export function requireText(file: string, bytes: Buffer): void {
  if (bytes.length === 0) throw new DiagnosticError(noExamples({ path: file, found: 'the file is empty' }))
  const start = bytes.toString('latin1', 0, 64)
  const kind = kinds.find(({ magic }) => start.startsWith(magic))
  if (kind) throw new DiagnosticError(binaryData({ path: file, found: kind.found, help: kind.help }))
  if (start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff')) {
    const help = `convert it: iconv -f UTF-16 -t UTF-8 ${file} > ${converted(file)}`
    throw new DiagnosticError(binaryData({ path: file, found: 'UTF-16 text', help }))
  }
  if (bytes.includes(0)) {
    const help = 'give a file of text (CSV, TSV, JSON lines, CoNLL, SQuAD, lines), or a Parquet file'
    throw new DiagnosticError(binaryData({ path: file, found: 'a binary file: it has zero bytes', help }))
  }
  if (!isUtf8(bytes)) throw new DiagnosticError(otherEncoding(file, bytes))
}

function otherEncoding(file: string, bytes: Buffer) {
  const wrong: { line: number; byte: number }[] = []
  for (let line = 1, from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(10, from)
    const row = bytes.subarray(from, end < 0 ? bytes.length : end)
    if (!isUtf8(row)) wrong.push({ line, byte: row[firstWrong(row)] ?? 0 })
    from += row.length + 1
  }
  const [first = { line: 1, byte: 0 }] = wrong
  const command = `iconv -f LATIN1 -t UTF-8 ${file} > ${converted(file)}`
  return notUtf8({ place: `${file}:${first.line}`, byte: first.byte, also: wrong.length - 1, command })
}

/** The first byte that begins no character. */
function firstWrong(row: Buffer): number {
  for (let at = 0; at < row.length; ) {
    const lead = row[at] ?? 0
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    if (!isUtf8(row.subarray(at, at + size))) return at
    at += size
  }
  return 0
}

function converted(file: string): string {
  return file.replace(/(\.[^./]+)?$/, '-utf8$1')
}
