import { ClientSession } from 'fetchloop';
import { startRaw, startHttp, startFixed, startMute, startCounting } from './odd-servers.js';
import { gzipSync, deflateSync, deflateRawSync, brotliCompressSync } from 'node:zlib';
import { inspect } from 'node:util';
const session = await ClientSession.open({ timeout: 3, connectTimeout: 2 });
async function show(name, url, f) {
  const t = performance.now();
  try { const r = await session.get(url); console.log(name, '->', r.status, JSON.stringify(r.statusText), r.url, r.redirected, JSON.stringify((await r.clone().text()).slice(0,80)), f ? await f(r) : ''); }
  catch (e) { console.log(name, '-> ERR', e.code, e.exitCode, '|', e.message, '|', e.cause?.code, Math.round(performance.now()-t)+'ms', e.code?'':e.stack); }
}
const raws = {
 garbage: ['hello world this is not http\r\n\r\n'],
 http09: ['<html>hi</html>'],
 status000: ['HTTP/1.1 000 Zero\r\nContent-Length: 2\r\n\r\nhi'],
 status099: ['HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\nhi'],
 status1000: ['HTTP/1.1 1000 X\r\nContent-Length: 2\r\n\r\nhi'],
 status599: ['HTTP/1.1 599 X\r\nContent-Length: 2\r\n\r\nhi'],
 status600: ['HTTP/1.1 600 X\r\nContent-Length: 2\r\n\r\nhi'],
 status999: ['HTTP/1.1 999 Request denied\r\nContent-Length: 2\r\n\r\nhi'],
 status299: ['HTTP/1.1 299\r\nContent-Length: 2\r\n\r\nhi'],
 status100then200: ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
 status103then200: ['HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
 status101: ['HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nzzz'],
 half: ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
 halfchunk: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhe'],
 halfhead: ['HTTP/1.1 200 OK\r\nConte'],
 nothing: [''],
 close_delim: ['HTTP/1.1 200 OK\r\n\r\nto the end'],
 http10: ['HTTP/1.0 200 OK\r\n\r\nto the end'],
 shortlen: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello there'],
 twolen: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello'],
 samelen: ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'],
 neglen: ['HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello'],
 hugelen: ['HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello'],
 gig: ['HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nhello'],
 abclen: ['HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhello'],
 bothte: ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
 badchunk: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello'],
 bighead: ['HTTP/1.1 200 OK\r\nX: ' + 'a'.repeat(200000) + '\r\nContent-Length: 2\r\n\r\nhi'],
 manyheads: ['HTTP/1.1 200 OK\r\n' + 'X: a\r\n'.repeat(5000) + 'Content-Length: 2\r\n\r\nhi'],
 nulhead: ['HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nhi'],
 c1head: [Buffer.from('HTTP/1.1 200 OK\r\nX: a\x9bb\xe9\r\nContent-Length: 2\r\n\r\nhi', 'latin1')],
 c1reason: [Buffer.from('HTTP/1.1 200 O\x9bK\xe9\r\nContent-Length: 2\r\n\r\nhi', 'latin1')],
 badname: ['HTTP/1.1 200 OK\r\nX Y: a\r\nContent-Length: 2\r\n\r\nhi'],
 fold: ['HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nhi'],
 s204: ['HTTP/1.1 204 No\r\n\r\n'],
 s204body: ['HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello'],
 s205: ['HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\nhello'],
 s304: ['HTTP/1.1 304 Not\r\nContent-Length: 5\r\n\r\n'],
 cl0: ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
 redirNoLoc: ['HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhi'],
 redirFtp: ['HTTP/1.1 302 Found\r\nLocation: ftp://x/y\r\nContent-Length: 2\r\n\r\nhi'],
 redirFile: ['HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 2\r\n\r\nhi'],
 redirJs: ['HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\nContent-Length: 2\r\n\r\nhi'],
 redirEmpty: ['HTTP/1.1 302 Found\r\nLocation: \r\nContent-Length: 2\r\n\r\nhi'],
 redirBad: ['HTTP/1.1 302 Found\r\nLocation: http://[bad/\r\nContent-Length: 2\r\n\r\nhi'],
 redirPort: ['HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999/\r\nContent-Length: 2\r\n\r\nhi'],
 redirTwo: ['HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nhi'],
 redirSelf: ['HTTP/1.1 302 Found\r\nLocation: /redirSelf\r\nContent-Length: 2\r\n\r\nhi'],
 redirTruncated: ['HTTP/1.1 302 Found\r\nLocation: /cl0\r\nContent-Length: 200\r\n\r\nhi'],
 redir300: ['HTTP/1.1 300 Found\r\nLocation: /cl0\r\nContent-Length: 2\r\n\r\nhi'],
 redir304: ['HTTP/1.1 304 Found\r\nLocation: /cl0\r\nContent-Length: 2\r\n\r\nhi'],
 redir305: ['HTTP/1.1 305 Found\r\nLocation: /cl0\r\nContent-Length: 2\r\n\r\nhi'],
 h2: [Buffer.from([0,0,0,4,0,0,0,0,0])],
 tls: [Buffer.from([0x15,3,1,0,2,2,40])],
 encBad: ['HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello'],
 encUnknown: ['HTTP/1.1 200 OK\r\nContent-Encoding: foo\r\nContent-Length: 5\r\n\r\nhello'],
 enc6: [Buffer.from('HTTP/1.1 200 OK\r\nContent-Encoding: gzip,gzip,gzip,gzip,gzip,\x9b31m\r\nContent-Length: 5\r\n\r\nhello','latin1')],
 encIdentity: ['HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello'],
 encEmptyBody: ['HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n'],
};
const enc = (name, buf) => Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: ${name}\r\nContent-Length: ${buf.length}\r\n\r\n`), buf]);
const H='hello '.repeat(100);
raws.gz=[enc('gzip',gzipSync(H))]; raws.xgz=[enc('X-GZIP',gzipSync(H))]; raws.defl=[enc('deflate',deflateSync(H))]; raws.rawdefl=[enc('deflate',deflateRawSync(H))]; raws.br=[enc('br',brotliCompressSync(H))];
raws.gzgz=[enc('gzip, gzip',gzipSync(gzipSync(H)))]; raws.gzmulti=[enc('gzip',Buffer.concat([gzipSync(H),gzipSync('tail')]))]; raws.gztrail=[enc('gzip',Buffer.concat([gzipSync(H),Buffer.from('garbage')]))]; raws.gztrunc=[enc('gzip',gzipSync(H).subarray(0,20))];
raws.gzbr=[enc('gzip, br',brotliCompressSync(gzipSync(H)))];
const server = await startRaw((socket, path) => { const a = raws[path.slice(1)]; if (!a) return socket.end('HTTP/1.1 404 NF\r\nContent-Length: 0\r\n\r\n'); socket.end(a[0]); });
const reset = await startRaw((s,p)=>{ if(p==='/1') s.resetAndDestroy(); else { s.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'); setTimeout(()=>s.resetAndDestroy(),50);} });

const mute = await startMute();


for (const u of ['example.com','//x/','ftp://x/','file:///etc/passwd','http://x:99999/','http://x:0/','http://x:abc/','http://a b/','http://127.0.0.1:'+server.port+'/a b','http://','http:///','http:/x','http:x','http://x\0y/','http://x/\x1b[31m','','   ','http://no-such-host.invalid/','http://'+'a'.repeat(70000)+'/','http://'+'a'.repeat(300)+'.com/','http://1.2.3.4.5/','http://256.1.1.1/','http://[::zz]/','http://[::1]:1/','http://127.0.0.1:1/','http://localhost:1/','http://us%er:p%w@127.0.0.1:'+server.port+'/cl0','http://user:secret@127.0.0.1:1/','javascript:alert(1)','data:text/plain,hi','HTTP://127.0.0.1:'+server.port+'/cl0#frag','http://127.0.0.1:'+server.port,'http://127.1:'+server.port+'/cl0','http://127.0.0.1:'+server.port+'?q=1','http://127.0.0.1:'+server.port+'/é%zz/../x','http://exa mple/','http://é.invalid/','http://a..b/','http://-a/','http://%31/','http://x@y@z/','http://127.0.0.1:'+server.port+':1/','http://127.0.0.1\\@x/', 'http://0/', 'localhost:8080/x', 'mailto:a@b', 'http://user@:80/', '://x'])
 await show(JSON.stringify(u.slice(0,60)), u);
await session.close(); await Promise.all([server.stop(), reset.stop(), mute.stop()]);
