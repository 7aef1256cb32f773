/** The look of the page of a picture. Colours are variables of colors.ts. */
export const pageStyle = `
*{box-sizing:border-box}
body{margin:0;height:100vh;display:flex;flex-direction:column;background:var(--page);color:var(--ink);font:14px/1.4 system-ui,Arial,sans-serif}
header{display:flex;gap:16px;align-items:center;padding:8px 16px;border-bottom:1px solid var(--laneLine)}
h1{font-size:16px;margin:0;white-space:nowrap}
#search{flex:1;min-width:120px;max-width:420px;margin-left:auto}
input,button{font:inherit;color:var(--ink);background:var(--lane);border:1px solid var(--laneLine);border-radius:6px;padding:4px 10px}
button{cursor:pointer}button:hover{border-color:var(--line)}
.tools{display:flex;gap:6px}
main{flex:1;display:flex;min-height:0}
#view{flex:1;overflow:hidden;position:relative;cursor:grab;touch-action:none}
#view.moving{cursor:grabbing}
#stage{position:absolute;left:0;top:0;transform-origin:0 0;display:grid;gap:20px 96px;padding:56px 40px 24px;width:max-content;align-items:start}
#edges{position:absolute;left:0;top:0;overflow:visible;pointer-events:none;z-index:3}
#edges path{fill:none;stroke:var(--line);stroke-width:1.6}
#edges path.gradient{stroke:var(--lossLine);stroke-width:2}
#edges path.tip{fill:var(--line);stroke:none}#edges path.tip.gradient{fill:var(--lossLine)}
#edges circle{fill:var(--page);stroke:var(--lossLine);stroke-width:1.6}
.lane{position:absolute;background:var(--lane);border:1px solid var(--laneLine);border-radius:14px}
.lane b{position:absolute;top:7px;left:0;right:0;text-align:center}
.cell{display:flex;flex-direction:column;gap:12px;align-items:stretch;z-index:2}
.box{border:1.6px solid;border-radius:10px;min-width:220px;align-self:center;width:100%}
.box.batch,.box.total{width:auto}
.box.student{background:var(--student);border-color:var(--studentLine)}
.box.teacher{background:var(--teacher);border-color:var(--teacherLine)}
.box.meeting,.box.total{background:var(--loss);border-color:var(--lossLine)}
.box.batch{background:var(--batch);border-color:var(--batchLine)}
.box.frozen{border-style:dashed}
.box.many{outline:1.6px dashed;outline-offset:3px;outline-color:var(--teacherLine)}
.box.many.student{outline-color:var(--studentLine);outline-style:solid}
.box>.head{padding:6px 14px;text-align:center;cursor:pointer}
.head b::before{content:"\\25b8";margin-right:6px;color:var(--muted);font-size:11px}
.open>.head b::before{content:"\\25be"}
.head small,.muted{color:var(--muted);display:block}
.inside{display:none;padding:0 8px 8px}
.open>.inside{display:flex;gap:10px;align-items:start}
.many.open>.inside{display:block}
.column{flex:1}
.member>.head{padding:3px 6px;cursor:pointer}
.member{border-top:1px solid var(--laneLine)}
.op{display:grid;grid-template-columns:auto 1fr auto;gap:2px 10px;padding:1px 8px;border-radius:5px;cursor:pointer;background:var(--page);margin-top:2px;border:1px solid transparent;font-size:12px}
.op:hover{border-color:var(--line)}
.op .type{color:var(--muted);white-space:nowrap}.op .flops{color:var(--muted);text-align:right}
.op.leaf{opacity:.75}
.op.chosen{border-color:var(--ink);box-shadow:0 0 0 1px var(--ink)}
.op.input{border-color:var(--studentLine)}.op.reader{border-color:var(--lossLine)}
.divider{font-size:11px;color:var(--muted);margin:6px 0 2px 8px}
.box:focus-visible,.op:focus-visible{outline:2px solid var(--studentLine)}
#side{width:390px;border-left:1px solid var(--laneLine);padding:14px 16px;overflow:auto;background:var(--page)}
#side h2{font-size:16px;margin:0 0 8px}
#side dl{display:grid;grid-template-columns:auto 1fr;gap:4px 12px;margin:0 0 12px}
#side dt{color:var(--muted)}#side dd{margin:0;overflow-wrap:anywhere}
#side pre{background:var(--lane);border:1px solid var(--laneLine);border-radius:8px;padding:8px;overflow:auto;font:12px/1.5 ui-monospace,monospace;margin:4px 0 14px}
#side pre span{display:block;width:max-content;min-width:100%}#side pre span.here{background:var(--teacher)}
#side pre i{color:var(--muted);font-style:normal;user-select:none;display:inline-block;width:3.5em}
.link{display:block;width:100%;text-align:left;border:0;background:none;padding:2px 6px;border-radius:5px}
.link:hover{background:var(--lane)}
.key{display:inline-block;width:12px;height:12px;border-radius:3px;border:1.5px solid;margin-right:8px;vertical-align:-1px}
`
