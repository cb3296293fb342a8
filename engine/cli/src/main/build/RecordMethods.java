import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/** Takes the place of the calls that {@code equals} and {@code hashCode} of a record consist of. */
final class RecordMethods implements CodeTransform {
  private static final ClassDesc BOOTSTRAP = ClassDesc.of("java.lang.runtime.ObjectMethods");
  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
  private static final String EQUALS = "equals";
  private static final String HASH = "hashCode";

  private final ClassModel model;
  private final List<Method> methods = new ArrayList<>();

  private record Component(String name, ClassDesc type) {}

  private record Method(String name, MethodTypeDesc type, List<Component> components) {}

  RecordMethods(ClassModel model) {
    this.model = model;
  }

  /** A {@code toString} is left to the JDK: no build waits for one. */
  static boolean isOne(CodeElement element) {
    return element instanceof InvokeDynamicInstruction call
        && call.bootstrapMethod() instanceof DirectMethodHandleDesc bootstrap
        && bootstrap.owner().equals(BOOTSTRAP)
        && (call.name().equalsString(EQUALS) || call.name().equalsString(HASH));
  }

  @Override
  public void accept(CodeBuilder code, CodeElement element) {
    if (!isOne(element)) {
      code.with(element);
      return;
    }
    InvokeDynamicInstruction call = (InvokeDynamicInstruction) element;
    List<Component> components = new ArrayList<>();
    // The record and the names of its components come first.
    for (ConstantDesc getter : call.bootstrapArgs().subList(2, call.bootstrapArgs().size())) {
      DirectMethodHandleDesc field = (DirectMethodHandleDesc) getter;
      components.add(new Component(field.methodName(), field.invocationType().returnType()));
    }
    String name = call.name().stringValue() + "$components";
    methods.add(new Method(name, call.typeSymbol(), components));
    code.invokestatic(model.thisClass().asSymbol(), name, call.typeSymbol());
  }

  void addMethods(ClassBuilder made) {
    int flags = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;
    for (Method method : methods) {
      made.withMethodBody(
          method.name(),
          method.type(),
          flags,
          code -> {
            if (method.name().startsWith(EQUALS)) {
              equal(code, method.components());
            } else {
              hash(code, method.components());
            }
          });
    }
  }

  private void hash(CodeBuilder code, List<Component> components) {
    code.loadConstant(0);
    for (Component component : components) {
      code.loadConstant(31).imul();
      load(code, 0, component);
      ClassDesc type = component.type();
      if (type.isPrimitive()) {
        code.invokestatic(boxOf(type), HASH, MethodTypeDesc.of(ConstantDescs.CD_int, type));
      } else {
        code.invokestatic(
            OBJECTS, HASH, MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_Object));
      }
      code.iadd();
    }
    code.ireturn();
  }

  private void equal(CodeBuilder code, List<Component> components) {
    Label same = code.newLabel();
    Label other = code.newLabel();
    code.aload(0).aload(1).if_acmpeq(same);
    code.aload(1).instanceOf(model.thisClass().asSymbol()).ifeq(other);
    code.aload(1).checkcast(model.thisClass().asSymbol()).astore(2);
    for (Component component : components) {
      load(code, 0, component);
      load(code, 2, component);
      compare(code, component.type(), other);
    }
    code.labelBinding(same).loadConstant(1).ireturn();
    code.labelBinding(other).loadConstant(0).ireturn();
  }

  /** Goes on where both are equal as {@code Record.equals} has it, else to the label. */
  private static void compare(CodeBuilder code, ClassDesc type, Label other) {
    if (!type.isPrimitive()) {
      code.invokestatic(
          OBJECTS,
          EQUALS,
          MethodTypeDesc.of(
              ConstantDescs.CD_boolean, ConstantDescs.CD_Object, ConstantDescs.CD_Object));
      code.ifeq(other);
    } else {
      code.invokestatic(
          boxOf(type), "compare", MethodTypeDesc.of(ConstantDescs.CD_int, type, type));
      code.ifne(other);
    }
  }

  private void load(CodeBuilder code, int slot, Component component) {
    code.aload(slot).getfield(model.thisClass().asSymbol(), component.name(), component.type());
  }

  private static ClassDesc boxOf(ClassDesc primitive) {
    return switch (TypeKind.from(primitive)) {
      case BOOLEAN -> ConstantDescs.CD_Boolean;
      case BYTE -> ConstantDescs.CD_Byte;
      case CHAR -> ConstantDescs.CD_Character;
      case SHORT -> ConstantDescs.CD_Short;
      case INT -> ConstantDescs.CD_Integer;
      case LONG -> ConstantDescs.CD_Long;
      case FLOAT -> ConstantDescs.CD_Float;
      case DOUBLE -> ConstantDescs.CD_Double;
      case REFERENCE, VOID -> throw new IllegalArgumentException(primitive + " is not primitive");
    };
  }
}
