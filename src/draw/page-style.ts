/** The look of the page of a picture. Colours are variables of colors.ts. */
export const pageStyle = `
*{box-sizing:border-box}
body{margin:0;height:100vh;display:flex;flex-direction:column;background:var(--page);color:var(--ink);font:14px/1.4 system-ui,Arial,sans-serif}
header{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;padding:8px 16px;border-bottom:1px solid var(--laneLine)}
h1{font-size:16px;margin:0;overflow-wrap:anywhere}
#search{flex:1;min-width:120px;max-width:420px;margin-left:auto}
input,button{font:inherit;color:var(--ink);background:var(--lane);border:1px solid var(--line);border-radius:6px;padding:4px 10px}
input::placeholder{color:var(--muted);opacity:1}
button{cursor:pointer}button:hover{border-color:var(--ink)}
:focus-visible{outline:2px solid var(--studentLine);outline-offset:1px}
.tools{display:flex;gap:6px}
main{flex:1;display:flex;min-height:0}
#view{flex:1;min-width:0;overflow:hidden;position:relative;cursor:grab;touch-action:none}
#view.moving{cursor:grabbing}
#stage{position:absolute;left:0;top:0;transform-origin:0 0}
#stage svg{display:block;width:100%;height:100%}
#stage .node{cursor:pointer}
#stage .node:hover path,#stage .chosen path{stroke-width:2.5}
#stage .chosen text{text-decoration:underline}
#side{width:390px;border-left:1px solid var(--laneLine);padding:14px 16px;overflow:auto}
h2{font-size:16px;margin:0 0 8px;overflow-wrap:anywhere}
h3{font-size:14px;margin:14px 0 4px;overflow-wrap:anywhere}
#side p{margin:0 0 10px}
#side dl{display:grid;grid-template-columns:auto 1fr;gap:4px 12px;margin:0 0 12px}
dt,.muted{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
small{display:block}
summary{cursor:pointer;margin-top:10px;font-weight:600}
pre{background:var(--lane);border:1px solid var(--laneLine);border-radius:8px;padding:8px;overflow:auto;font:12px/1.5 ui-monospace,monospace;margin:4px 0 14px}
pre span{display:block;width:max-content;min-width:100%}pre span.here{background:var(--teacher)}
pre i{color:var(--muted);font-style:normal;user-select:none;display:inline-block;width:3.5em}
.link{display:block;width:100%;text-align:left;border:0;background:none;padding:2px 6px;overflow-wrap:anywhere}
.link:hover{background:var(--lane)}
.key{display:inline-block;width:12px;height:12px;border-radius:3px;border:1.5px solid;margin-right:8px;vertical-align:-1px}
.key.student{background:var(--student);border-color:var(--studentLine)}
.key.teacher{background:var(--teacher);border-color:var(--teacherLine)}
.key.loss{background:var(--loss);border-color:var(--lossLine)}
.key.batch{background:var(--batch);border-color:var(--batchLine)}
@media (max-width:800px){
  body{min-height:100vh}
  main{flex-direction:column}
  #view{flex:none;height:55vh}
  #side{width:auto;flex:1;border-left:0;border-top:1px solid var(--laneLine)}
}
`
