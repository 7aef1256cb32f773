/** The look of the charts. Their classes are those that src/report/charts writes. */

const numbers = (count: number, rule: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => rule(i)).join('')

const models = ['student', 'teacher', 'alone', 'other']
const ofModels = (rule: (role: string) => string): string => models.map(rule).join('')

export const chartStyle = `
svg{display:block;width:100%;height:auto}
svg text{font:11.5px system-ui,"DejaVu Sans",sans-serif;fill:var(--ink)}
svg .m{fill:var(--muted)}svg .s{font-size:10.5px;fill:var(--muted)}svg .s.on{fill:var(--ink)}svg .b{font-weight:600}svg .h{font-size:13px;font-weight:600}
.halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.grid{stroke:var(--line)}.axis{stroke:var(--line);stroke-width:1.5}.axis.strong{stroke:var(--muted)}
.limit{stroke:var(--ink);stroke-dasharray:4 3;fill:none}
.hover{fill:transparent}.cursor{stroke:var(--ink);visibility:hidden}
.whisker{stroke-width:5;opacity:.3}
${ofModels((m) => `.whisker.${m},.joined.${m},.reliable.${m}{stroke:var(--${m})}.bar.${m}{fill:var(--${m})}.box.${m},.tree.${m}{fill:var(--${m}Soft)}.box.${m}{stroke:var(--${m})}.tree.embedding.${m}{fill:var(--${m}Mid)}.ink.${m}{fill:var(--${m}Ink)}`)}
.mark{fill:var(--other);stroke:var(--card);stroke-width:1.5}.mark.student{fill:var(--student)}.mark.teacher{fill:var(--teacher)}.mark.alone{fill:var(--card);stroke:var(--alone);stroke-width:1.8}
.base{stroke:var(--ink);stroke-width:1.6;stroke-dasharray:2 2}
.bar.teacher{opacity:.6}.bar.quiet{fill:var(--line)}.bar.made{fill:var(--good)}
.box{stroke-width:1.4}.box.frozen{stroke-dasharray:4 2.5}
.wire{stroke:var(--muted);stroke-width:1.3}
.nearest{fill:none;stroke:var(--muted);stroke-dasharray:5 4;opacity:.8}.declared{fill:none;stroke:var(--loss);stroke-width:2.4}svg .lossink{fill:var(--lossInk)}
.tree{stroke:none}
.raw{fill:none;stroke:var(--loss);opacity:.3;stroke-linecap:round}.loss{fill:none;stroke:var(--loss);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.joined{fill:none;stroke-width:1.3;opacity:.8}.joined.alone{stroke-dasharray:3 3}
.rate{fill:var(--faint)}.norm{fill:var(--lossSoft)}
.layer{stroke:var(--card);stroke-width:.8}
${numbers(6, (i) => `.declared.joins${i}{stroke:var(--term${i})}`)}
${numbers(6, (i) => `.layer.l${i}{fill:var(--term${i})}svg .ink.l${i}{fill:var(--termInk${i})}`)}
${numbers(8, (i) => `.h${i}{fill:var(--heat${i})}`)}
.heat.best{stroke:var(--ink);stroke-width:2}svg text.over{fill:var(--heatInk)}
.row{fill:transparent}g:hover>.row{fill:var(--faint)}
.gap{stroke:var(--line);stroke-width:3}.gap.lost{stroke:var(--loss)}
.cell.none{fill:var(--faint)}.cell.right{fill:var(--student)}.cell.wrong{fill:var(--loss)}
.c0{opacity:.1}.c1{opacity:.18}.c2{opacity:.3}.c3{opacity:.45}.c4{opacity:.6}.c5{opacity:.75}.c6{opacity:.88}
.reliable{fill:none;stroke-width:1.8;stroke-linecap:round}.reliable.alone{stroke-dasharray:4 3}
.dot{opacity:.55}${ofModels((m) => `.dot.${m}{fill:var(--${m})}`)}
.quarter.both{fill:var(--goodMid)}.quarter.teacher{fill:var(--teacherMid)}.quarter.student{fill:var(--studentMid)}.quarter.neither{fill:var(--aloneMid)}
.band{fill:var(--studentMid)}.band.wide{fill:var(--studentSoft)}.median{stroke:var(--ink);stroke-width:2}
.clock.train{fill:var(--studentSoft)}.clock.teach{fill:var(--teacherSoft)}.clock.once{fill:var(--lossSoft)}.clock.evaluate{fill:var(--aloneSoft)}.clock.reused{fill:var(--faint)}
.share.computing{fill:var(--studentMid)}.share.waiting{fill:var(--aloneMid)}.share.communicating{fill:var(--teacherMid)}
.live{fill:var(--studentSoft)}.standing{fill:var(--aloneMid)}.liveline{fill:none;stroke:var(--student);stroke-width:1.5}.back{fill:var(--faint)}.peak{fill:var(--loss)}.measured{stroke:var(--good);stroke-width:1.6;stroke-dasharray:6 3}
.span.front{fill:var(--alone)}.span.forward{fill:var(--student)}.span.step{fill:var(--loss)}.span.plan{fill:var(--teacher)}.span.idle{opacity:.4}
.run{fill:none;stroke-width:2;opacity:.85}${numbers(5, (i) => `.q${i}{stroke:var(--rank${i})}`)}.run.winner{stroke:var(--loss);stroke-width:3.4;opacity:1}.run:hover{opacity:1;stroke:var(--ink)}
.plate{fill:var(--card);opacity:.92}
.seed{fill:var(--student);opacity:.65}.mean{stroke:var(--ink);stroke-width:2}.spread{stroke:var(--student);stroke-width:7;opacity:.3}
`
