// What lesson.c tells, for whoever made the module.
addToLibrary({
  fl__lesson_on_ready__deps: ['$UTF8ToString'],
  fl__lesson_on_ready: (name) => Module['lesson'].onReady(UTF8ToString(name)),
  fl__lesson_on_task__deps: ['$UTF8ToString'],
  fl__lesson_on_task: (name, coroutine, line, awaits, awaited, since) => {
    const [nameText, coroutineText, awaitsText, awaitedText] = [name, coroutine, awaits, awaited].map((at) =>
      UTF8ToString(at),
    );
    const task = { name: nameText, coroutine: coroutineText, line, awaits: awaitsText, awaited: awaitedText, since };
    Module['lesson'].onTask(task);
  },
  fl__lesson_on_moment__deps: ['$UTF8ToString'],
  fl__lesson_on_moment: (step, text, line, now, timers, next) =>
    Module['lesson'].onMoment({ step, text: text ? UTF8ToString(text) : null, line, now, timers, next }),
});
