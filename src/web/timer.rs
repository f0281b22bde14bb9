//! `setTimeout` as a future.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::task::Waker;

use wasm_bindgen::prelude::*;

use super::bindings::{clear_timeout, set_timeout};

/// Milliseconds that any `setTimeout` can wait; twice as many fire at once.
const LONGEST: f64 = 1_073_741_824.0;

/// Done after some time; stops its timer when dropped.
pub struct Sleep {
    timer: JsValue,
    fired: Rc<Cell<bool>>,
    waker: Rc<RefCell<Option<Waker>>>,
    _callback: Closure<dyn FnMut()>,
}

impl Sleep {
    fn once(milliseconds: f64) -> Self {
        let fired = Rc::new(Cell::new(false));
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let callback = Closure::<dyn FnMut()>::new({
            let (fired, waker) = (fired.clone(), waker.clone());
            move || {
                fired.set(true);
                let waker = waker.borrow_mut().take();
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
        });
        Self { timer: set_timeout(callback.as_ref(), milliseconds), fired, waker, _callback: callback }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.fired.get() {
            return Poll::Ready(());
        }
        *self.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// Waits for any number of milliseconds.
pub async fn sleep(mut milliseconds: f64) {
    while milliseconds > LONGEST {
        Sleep::once(LONGEST).await;
        milliseconds -= LONGEST;
    }
    Sleep::once(milliseconds).await;
}
