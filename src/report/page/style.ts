/** The look of the report's page, charts included: one text of CSS for a `style` element. */
import { chartStyle } from './chart-style.ts'
import { paletteStyle } from './colors.ts'

const layout = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
header,main,footer{max-width:1184px;margin:0 auto;padding:0 20px}
header{padding-top:26px}
h1{margin:0;font-size:25px;line-height:1.25;letter-spacing:-.01em;text-wrap:balance;max-width:34em}h1 b{color:var(--studentInk);font-weight:inherit}
h2{margin:0 0 2px;font-size:16px}h3{margin:16px 0 4px;font-size:13.5px}h4{margin:12px 0 2px;font-size:13px}
p{margin:0}a{color:var(--accent)}
code{font:.92em ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.skip{position:absolute;left:-99em}.skip:focus{left:20px;top:6px;z-index:9;padding:6px 12px;border-radius:6px;background:var(--card);border:1px solid var(--muted)}
.meta{display:flex;flex-wrap:wrap;gap:2px 16px;margin-bottom:12px;color:var(--muted);font-size:13px}.meta b{color:var(--ink);font-weight:600}.meta>*{min-width:0}
.meta button{margin-left:auto;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--ink);font:inherit;padding:2px 10px;cursor:pointer}
.lede{margin-top:6px;max-width:78ch;color:var(--muted);font-size:15.5px}.lede b{color:var(--ink)}
nav{position:sticky;top:0;z-index:2;margin-top:16px;background:var(--page);border-bottom:1px solid var(--line)}
nav ul{display:flex;gap:4px;max-width:1184px;margin:0 auto;padding:6px 14px;list-style:none;overflow-x:auto;font-size:13.5px}nav a{display:block;padding:3px 9px;border-radius:6px;color:var(--muted);text-decoration:none;white-space:nowrap}nav a:hover{background:var(--faint);color:var(--ink)}
main{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:16px;margin-top:16px;align-items:stretch}
main>*{min-width:0;scroll-margin-top:52px}.wide{grid-column:1/-1}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px}
.say{color:var(--muted);font-size:13.5px;margin-bottom:10px;text-wrap:pretty;max-width:105ch}.say b{color:var(--ink);font-weight:600}
.absent{color:var(--muted);font-size:13.5px;border-left:3px solid var(--line);padding:2px 0 2px 10px;margin:8px 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:16px;margin:0}.tile{padding:14px 18px 10px}
.tile dt{color:var(--muted);font-size:13px}.tile dd{margin:0}.tile .big{font-size:29px;font-weight:650;letter-spacing:-.02em;line-height:1.25}.tile .big small{color:var(--muted);font-size:13.5px;font-weight:450;letter-spacing:0}
.checks{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:0 26px;margin:0;padding:12px 18px;list-style:none;font-size:13.5px}.checks li{display:flex;gap:9px;padding:4px 0}.checks div{min-width:0}.checks b{font-weight:600}.checks span{color:var(--muted)}
.sign{flex:none;width:46px;height:19px;border-radius:4px;font-size:11px;font-style:normal;font-weight:650;line-height:19px;text-align:center}.sign.fine{background:var(--goodSoft);color:var(--good)}.sign.look{background:var(--warnSoft);color:var(--warn)}
.key{display:flex;flex-wrap:wrap;gap:2px 16px;margin:6px 0 0;padding:0;list-style:none;color:var(--muted);font-size:12.5px}.glyph{display:inline-block;width:14px;height:14px;vertical-align:-2px;margin-right:5px}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;vertical-align:-1px}
table{width:100%;border-collapse:collapse;font-size:13.5px}caption{text-align:left;color:var(--muted);font-size:13px;padding-bottom:4px}
th{text-align:left;color:var(--muted);font-weight:500;font-size:12.5px}tbody th{color:var(--ink);font-weight:600;font-size:13.5px;min-width:134px}tbody th,td{overflow-wrap:anywhere}td{min-width:56px}
th,td{padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}tbody tr:last-child>*{border-bottom:0}td.n,th.n{text-align:right}td.n{white-space:nowrap}
tr.first>*{background:var(--faint)}
.scroll{overflow-x:auto}.scroll:focus-visible,summary:focus-visible,button:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.scroll.long>svg{min-width:940px}
tbody .text{white-space:pre-wrap;overflow-wrap:anywhere;min-width:200px;width:52%;font-weight:400}.answer{min-width:124px}.made{min-width:150px}
.p{display:inline-block;min-width:36px;margin-left:6px;color:var(--muted);font-size:12px}
.tabs{display:none}.js .tabs{display:flex;flex-wrap:wrap;gap:4px;margin:10px 0 6px}.tabs button{border:1px solid var(--line);border-radius:6px;background:none;color:var(--muted);font:inherit;font-size:13px;padding:2px 10px;cursor:pointer}.tabs button[aria-selected=true]{background:var(--faint);color:var(--ink);border-color:var(--muted)}
.js [role=tabpanel]>h3{display:none}
.next{display:grid;grid-template-columns:repeat(auto-fit,minmax(290px,1fr));gap:16px;margin:8px 0 0;padding:0;list-style:none}.next li{border-top:3px solid var(--student);padding-top:10px;min-width:0}.next h3{margin:0;font-size:14.5px}.next p{margin-top:3px;color:var(--muted);font-size:13.5px}
pre{margin:8px 0 0;padding:8px 10px;border-radius:6px;background:var(--faint);font:12px/1.55 ui-monospace,"DejaVu Sans Mono",monospace;overflow-x:auto;tab-size:2}pre code{font:inherit;overflow-wrap:normal}pre.command{white-space:pre-wrap;overflow-wrap:anywhere}
pre del,pre ins{text-decoration:none}pre del{color:var(--lossInk)}pre ins{color:var(--good)}
details{margin-top:8px;font-size:13.5px}summary{cursor:pointer;color:var(--accent)}
.columns{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:26px}.columns>*{min-width:0}.columns>div>h3:first-child{margin-top:0}.columns.three{grid-template-columns:repeat(auto-fit,minmax(240px,340px))}.tile svg{max-width:280px}.quarters{height:26px;border-radius:6px;overflow:hidden}
.beside{display:grid;grid-template-columns:236px minmax(0,1fr);gap:22px;align-items:center}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 18px;margin:10px 0 0;font-size:13.5px}.facts dt{color:var(--muted)}.facts dd{margin:0;overflow-wrap:anywhere}
footer{padding-block:22px 40px;color:var(--muted);font-size:13px}
#tip{position:fixed;z-index:9;max-width:320px;padding:5px 9px;border-radius:6px;background:var(--ink);color:var(--page);font-size:12.5px;line-height:1.4;pointer-events:none;visibility:hidden;overflow-wrap:anywhere}
@media (max-width:860px){main,.columns,.beside{grid-template-columns:minmax(0,1fr)}.checks{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(auto-fit,minmax(max(160px,40%),1fr));gap:10px}.tile .big{font-size:24px}h1{font-size:21px}.card{padding:14px}.beside>svg{max-width:260px}}
@media (max-width:520px){header,main,footer{padding-inline:12px}.facts{grid-template-columns:minmax(0,1fr)}.facts dd{margin-bottom:6px}}
@media print{body{font-size:12px;background:none}nav,.meta button,.skip,#tip,.js .tabs{display:none}main{display:block}.card{break-inside:avoid;margin-bottom:12px}.scroll{overflow:visible}.scroll.long>svg{min-width:0}pre{white-space:pre-wrap}.js [role=tabpanel][hidden]{display:block}.js [role=tabpanel]>h3{display:block}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`

export const pageStyle = `${paletteStyle()}${layout}${chartStyle}`
