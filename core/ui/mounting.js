// What a component exports for Streamlit, which calls it after each run of the page.

// The view is made by the first run, and shows what each run sends. It sends by name and value.
export function mounted(View) {
  const mounts = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    let mount = mounts.get(parentElement);
    if (!mount) {
      mount = {};
      mount.view = new View(parentElement, (name, value) => mount.send(name, value));
      mounts.set(parentElement, mount);
    }
    mount.send = setTriggerValue;
    mount.view.show(data);
    return () => mount.view.leave?.();
  };
}
