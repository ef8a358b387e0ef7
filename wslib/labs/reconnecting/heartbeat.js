// A script can neither send a Ping nor see one. So ask with a message, "?". If the
// server closes, or has said nothing since the last "?", connect anew.
function keepAlive(url, use, seconds = 20) {
    let socket, timer, wait = 1;
    function connect() {
        const mine = socket = new WebSocket(url);
        let heard = false;  // anything, since the last question
        const ask = () => { heard = false; mine.send("?"); };
        mine.addEventListener("open", () => { heard = true; use(mine); });
        mine.addEventListener("message", () => { heard = true; wait = 1; });
        mine.addEventListener("close", () => again(mine));
        timer = setInterval(() => heard ? ask() : again(mine), 1000 * seconds);
    }
    function again(lost) {
        if (lost !== socket) return;  // told late: that one was given up long ago
        stop();
        timer = setTimeout(connect, 1000 * wait * Math.random());  // a random part
        wait = Math.min(2 * wait, 30);  // seconds: twice as long each time, up to 30
    }
    function stop() { clearTimeout(timer); socket?.close(); socket = null; }
    connect(); return stop;
}
